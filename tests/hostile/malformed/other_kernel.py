"""A right notebook that asks for the kernel of R.

says: its kernel is 'ir'
stock: run
"""


def edit(document):
    document["metadata"] = {"kernelspec": {"name": "ir", "language": "R"}}
