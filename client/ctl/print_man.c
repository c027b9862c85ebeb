/* Prints the generated part of packaging/man/consentctl.1.scd. Not installed. */
#include "client/ctl/man.h"

int main(void)
{
	man_print(stdout);
	return ferror(stdout) != 0;
}
