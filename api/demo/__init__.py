"""A made-up commissioner for newcomers: 240 people, twelve months of their money through the gate, and everything that proves it.

The figures depend on the seed and the day alone. Nobody in it exists.
"""
