// Batches that nobody who means well would send, and what is to be said of them.
import type { Packed } from './message-pack.js'
import { array, big, bin, float, nil, raw, text, uint } from './message-pack.js'

/** A batch of frames that begins with number 1. */
export function batch(...frames: readonly Packed[]): Packed {
  return array(uint(1), uint(0), ...frames)
}

export function tell(...elements: readonly Packed[]): Packed {
  return array(uint(0), ...elements)
}

export function ask(...elements: readonly Packed[]): Packed {
  return array(uint(1), uint(1), ...elements)
}

/** `removeSymbols` with something in the place of a name. */
function named(name: Packed): Packed {
  return batch(ask(text('removeSymbols'), uint(1), array(name)))
}

/** `dropResourceTracker` with something in the place of the tracker. */
function tracked(tracker: Packed): Packed {
  return batch(tell(text('dropResourceTracker'), tracker))
}

function nested(depth: number): Packed {
  return depth === 0 ? uint(1) : array(nested(depth - 1))
}

const deepError = (depth: number): Packed =>
  array(text('UserError'), text('Foo'), depth === 0 ? nil : deepError(depth - 1), nil)

/** By what is wrong: the bytes, and a part of what the reader says. */
export const hostileBatches: Readonly<Record<string, readonly [bytes: Packed, says: string]>> = {
  'no array': [uint(1), 'an integer instead of an array'],
  'an empty array': [array(), '0 elements'],
  'one number': [array(uint(1)), '1 elements'],
  'a frame that is no array': [batch(uint(3)), 'an integer instead of an array'],
  'a frame without elements': [batch(array()), 'without elements'],
  'a frame of no kind': [batch(array(uint(9))), 'of unknown kind 9'],
  'a frame of a negative kind': [batch(array([0xff])), 'of unknown kind -1'],
  'bytes behind the batch': [[...batch(), 0xc0], '1 bytes more'],
  'a map for a batch': [[0x82, 1, 1, 2, 2], 'a map instead of an array'],
  'a map for a message': [batch([0x81, ...text('type'), ...text('drain')]), 'a map instead of an array'],
  'a map with the key __proto__': [named([0x81, ...text('__proto__'), 0x80]), 'a map instead of a string'],
  'a type of Object.prototype': [batch(tell(text('constructor'))), 'a word that is none of those known'],
  'a type __proto__': [batch(tell(text('__proto__'))), 'a word that is none of those known'],
  'a type toString': [batch(ask(text('toString'))), 'a word that is none of those known'],
  'a kind hasOwnProperty': [
    batch(ask(text('define'), uint(1), nil, array(uint(1), text('Foo'), array(), nil, array(text('hasOwnProperty'))))),
    'a word that is none of those known',
  ],
  'an error code __proto__': [
    batch(tell(text('cancelAsk'), uint(1), array(text('__proto__'), text(''), nil, nil))),
    'a word that is none of those known',
  ],
  'a unit of functions of JavaScript': [
    batch(ask(text('define'), uint(1), nil, array(uint(1), text('Foo'), array(), nil, array(text('host'), array())))),
    'a word that is none of those known',
  ],
  'what the server says': [batch(tell(text('destroyUnit'), uint(1))), 'destroyUnit is what a server says'],
  'what is inside a house only': [batch(tell(text('introduceClient'))), 'a word that is none of those known'],
  'an ask that is told': [batch(tell(text('drain'))), 'drain is an ask, and was told'],
  'a tell that is asked': [batch(ask(text('dropResourceTracker'), uint(1))), 'is a tell, and was asked'],
  'a field too few': [batch(ask(text('createJITDylib'), text('Foo'))), 'createJITDylib with 1 fields instead of 2'],
  'a field too many': [batch(ask(text('drain'), uint(1))), 'drain with 1 fields instead of 0'],
  'attachments where none belong': [batch(ask(text('drain'), array(uint(1)))), 'drain with 1 fields instead of 0'],
  'an empty list of attachments': [batch(ask(text('describeObject'), array())), 'an empty list of attachments'],
  'an answer that nobody awaits': [batch(array(uint(2), uint(7), nil)), 'an answer to ask 7'],
  'an error that nobody awaits': [batch(array(uint(3), uint(7), nil)), 'an answer to ask 7'],
  'an extension': [tracked([0xd4, 1, 0]), 'an extension instead of an integer'],
  'a large extension': [tracked([0xc9, ...big(0xffff_ffff, 4), 1]), 'an extension instead of an integer'],
  'a timestamp': [tracked([0xd6, 0xff, 0, 0, 0, 0]), 'an extension instead of an integer'],
  'the byte that begins nothing': [tracked([0xc1]), 'a byte that begins nothing'],
  'a string for a number': [tracked(text('1')), 'a string instead of an integer'],
  'nil for a number': [tracked(nil), 'nil instead of an integer'],
  'bytes for a string': [named(bin([65])), 'bytes instead of a string'],
  'NaN for an integer': [tracked(float(NaN)), 'NaN is no safe integer'],
  'infinity for an integer': [tracked(float(Infinity)), 'Infinity is no safe integer'],
  'a fraction for an integer': [tracked(float(0.5)), '0.5 is no safe integer'],
  'minus zero for an integer': [tracked(float(-0)), '-0 is no safe integer'],
  'a float of 32 bits for an integer': [tracked([0xca, 0, 0, 0, 0]), 'a float instead of an integer'],
  'an integer beyond 2^53': [tracked([0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0]), 'is no safe integer'],
  'the largest integer': [tracked([0xcf, ...Array<number>(8).fill(0xff)]), 'is no safe integer'],
  'the smallest integer': [tracked([0xd3, 0x80, ...Array<number>(7).fill(0)]), 'is no safe integer'],
  'a negative dylib': [batch(ask(text('clear'), [0xff])), '-1 is out of range (0 to 9007199254740991)'],
  'flags beyond 32 bits': [
    batch(ask(text('defineMaterializing'), uint(1), array(array(text('Foo'), float(2 ** 32))))),
    '4294967296 is out of range (0 to 4294967295)',
  ],
  'a choice that there is none': [batch(ask(text('removeTracker'), uint(1), uint(2))), 'none of 0 to 1'],
  'a choice below all': [batch(ask(text('removeTracker'), uint(1), [0xff])), 'none of 0 to 1'],
  'a byte that is no UTF-8': [named(raw([0xff])), 'not valid UTF-8'],
  'an overlong slash': [named(raw([0xc0, 0xaf])), 'not valid UTF-8'],
  'an overlong character of three bytes': [named(raw([0xe0, 0x80, 0xaf])), 'not valid UTF-8'],
  'an overlong character of four bytes': [named(raw([0xf0, 0x80, 0x80, 0xaf])), 'not valid UTF-8'],
  'a surrogate': [named(raw([0xed, 0xa0, 0x80])), 'not valid UTF-8'],
  'beyond the last character': [named(raw([0xf4, 0x90, 0x80, 0x80])), 'not valid UTF-8'],
  'a character that is cut': [named(raw([0x41, 0xe2, 0x82])), 'not valid UTF-8'],
  'a continuation alone': [named(raw([0x80])), 'not valid UTF-8'],
  'a string beyond the end': [named([0xd9, 200, 65]), 'a string of 200 bytes, but the batch ends'],
  'a string of 4 GiB': [named([0xdb, 0xff, 0xff, 0xff, 0xff]), 'limit 65536'],
  'an array of 4 G elements': [
    batch(ask(text('removeSymbols'), uint(1), [0xdd, 0xff, 0xff, 0xff, 0xff])),
    'an array of 4294967295, but the batch ends',
  ],
  'bytes of 4 GiB': [batch(ask(text('writeBuffer'), uint(1), uint(0), [0xc6, 0xff, 0xff, 0xff, 0xff])), 'limit 524288'],
  'an array that the end cuts': [[0x93, 1, 0, 0x92, 0], 'an array of 2, but the batch ends'],
  'a number that the end cuts': [[0x93, 1, 0, 0x92, 4, 0xcd, 1], 'but the batch ends'],
  'arrays within arrays': [batch(nested(40)), 'instead of an integer'],
  'causes within causes': [batch(tell(text('cancelAsk'), uint(1), deepError(6))), 'an error within errors, limit 5'],
  'an error with elements too many': [
    batch(tell(text('cancelAsk'), uint(1), array(text('UserError'), text(''), nil, nil, nil))),
    '5 elements of an error UserError',
  ],
  'a number before frame 1': [array(uint(0), uint(0), tell(text('releaseLease'), uint(1))), 'frame 0 after frame 0'],
  'a gap': [array(uint(2), uint(0), tell(text('releaseLease'), uint(1))), 'frame 2 after frame 0'],
  'a part that ends behind its blob': [
    batch(array(uint(6), uint(1), uint(0), uint(2), bin([1, 2, 3]))),
    '3 bytes at 0 of 2',
  ],
  'a part of more than a part': [
    batch(array(uint(6), uint(1), uint(0), uint(0x4_0001), bin(Array<number>(0x4_0001).fill(0)))),
    '262145 bytes, limit 262144',
  ],
}
