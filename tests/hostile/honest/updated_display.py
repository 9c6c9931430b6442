"""Updates one display many times, as progress bars in notebooks do.

says: step 99
stock: run
"""
from IPython.display import HTML, clear_output, display

handle = display(HTML("start"), display_id=True)
for step in range(100):
    handle.update(HTML(f"step {step}"))
    if step % 10 == 0:
        clear_output(wait=True)
        display(HTML(f"step {step}"))
print("step 99")
