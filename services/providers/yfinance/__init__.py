"""Daily bars, events and quotes from Yahoo Finance.

The library ``yfinance`` is imported by ``client`` alone, and only once the vendor is really asked.
"""
