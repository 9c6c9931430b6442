"""Still asks a question that somebody has to answer.

says: StdinNotImplementedError
"""
name = input("Your name? ")
