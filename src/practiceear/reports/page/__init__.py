"""A review as one page that opens anywhere without a network: to be looked at and heard."""
