"""A person's budget in the words of Personal Health Budgets, and what each event posts.

This room holds the shape of an event, which is what posts and what must sum; whether it may happen is policy.
"""
