/* SPDX-License-Identifier: Apache-2.0 */
/*
 * escape: what scripts and peers said, made safe for Nmap's two report forms (nse-core §7.3, §7.4).
 */
#pragma once

#include <stddef.h>

#include "sensor/base/buf.h"

/** Tab, newline and printable ASCII stay; every other octet becomes \xHH. */
void escape_text(struct buf *out, const void *text, size_t len);

/** For XML attributes and content: \xHH for octets outside ASCII and for controls, then entities. The result is ASCII. */
void escape_xml(struct buf *out, const void *text, size_t len);
void escape_xml_str(struct buf *out, const char *text);

/** The lines of one script's result: "| id: first", "|   next", "|_last". Nothing for an empty text. */
void escape_script(
    struct buf *out, const char *id, const void *text, size_t len);
