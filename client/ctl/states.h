/* The states by which list and export select records. Any thread; constant. */
#ifndef CLIENT_CTL_STATES_H
#define CLIENT_CTL_STATES_H

/* Ended by NULL. */
extern const char *const states[];

#endif
