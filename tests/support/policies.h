/*
 * Policies for tests: one service of every basis, and variants of it.
 */
#ifndef TESTS_SUPPORT_POLICIES_H
#define TESTS_SUPPORT_POLICIES_H

#define POLICY_SITE "shop.example"

#define POLICY_HEAD                                                                                \
	"site: shop.example\n"                                                                     \
	"validity: {given: 6 months, refused: 3 months}\n"                                         \
	"categories:\n"                                                                            \
	"  statistics: {basis: audience_measurement, attest: {anonymous: true,"                    \
	" own_use_only: true, cross_site: false, refresh: false}}\n"                               \
	"  ads: {basis: opt_out}\n"                                                                \
	"services:\n" POLICY_FIRST_SERVICES

#define POLICY_FIRST_SERVICES                                                                      \
	"  - {id: login, provider: Shop, function: Login, category: necessary,"                    \
	" cookies: [{name: sid, purpose: To log in, max_age: 2 weeks}]}\n"                         \
	"  - {id: matomo, provider: Shop, function: Counting, category: statistics,"               \
	" cookies: [{name: _pk_*, purpose: To count, max_age: 13 months}]}\n"                      \
	"  - {id: deals, provider: Shop, function: Deals, category: ads,"                          \
	" cookies: [{name: deal, purpose: To sell, max_age: 1 months}]}\n"

#define POLICY_VIDEO                                                                               \
	"  - {id: video, provider: Tube, function: Videos, category: third_party,"                 \
	" cookies: [{name: tube, domain: tube.example, purpose: To play, max_age: 1 months},"      \
	" {name: vid, purpose: To remember a position, max_age: 1 months}]}\n"

#define POLICY_CHAT                                                                                \
	"  - {id: chat, provider: Shop, function: Chat, category: first_party,"                    \
	" cookies: [{name: chat, purpose: To talk, max_age: 1 months}]}\n"

/* Bits: matomo, deals, video, chat, in this order from 0. */
#define POLICY_A POLICY_HEAD POLICY_VIDEO POLICY_CHAT

/* Another provider for the video: a material change. */
#define POLICY_B                                                                                   \
	POLICY_HEAD                                                                                \
	"  - {id: video, provider: Reel, function: Videos, category: third_party,"                 \
	" cookies: [{name: vid, purpose: To remember a position, max_age: 1 "                      \
	"months}]}\n" POLICY_CHAT

/* Another wording for the video: nobody is asked again. */
#define POLICY_A_REWORDED                                                                          \
	POLICY_HEAD                                                                                \
	"  - {id: video, provider: Tube, function: Moving pictures, category: third_party,"        \
	" cookies: [{name: tube, domain: tube.example, purpose: To play, max_age: 1 months},"      \
	" {name: vid, purpose: To remember a position, max_age: 1 months}]}\n" POLICY_CHAT

/* The same services; one condition of the exemption of audience measurement is not attested. */
#define POLICY_A_UNATTESTED                                                                        \
	"site: shop.example\n"                                                                     \
	"categories: {ads: {basis: opt_out}}\n"                                                    \
	"services:\n" POLICY_FIRST_SERVICES POLICY_VIDEO POLICY_CHAT

#endif
