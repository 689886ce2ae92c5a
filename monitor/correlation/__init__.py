"""Correlations: what several matches mean together, in Sigma's and ElastAlert's words. Pure.

An *event* is a match that counts; its time is that of its item. A *window* is the time span up to an event.
A window in which the condition holds is *hot*; hot windows that end within a time span of each other are one
*episode*, and an episode is one alert.
"""
