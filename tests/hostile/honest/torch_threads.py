"""Sets torch's threads and seeds, and trains a little.

topic: cnn
says: trained
"""
import torch

torch.set_num_threads(2)
torch.manual_seed(0)
layer = torch.nn.Linear(100, 100)
optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
for _ in range(20):
    optimizer.zero_grad()
    layer(torch.randn(64, 100)).square().mean().backward()
    optimizer.step()
torch.save(layer.state_dict(), "layer.pt")
layer.load_state_dict(torch.load("layer.pt"))
print("trained")
