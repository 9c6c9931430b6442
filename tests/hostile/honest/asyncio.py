"""Awaits at top level, and leaves tasks running.

says: awaited
stock: run
"""
import asyncio


async def work(seconds):
    await asyncio.sleep(seconds)
    return seconds


print("awaited", sum(await asyncio.gather(work(0.01), work(0.02))))
leave = asyncio.ensure_future(work(30))
