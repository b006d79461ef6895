"""Letters that look like Latin ones, after compatibility normalisation and case folding.

Derived once from Unicode's confusables data, narrowed to letters that survive NFKC and case folding and imitate one
ASCII letter; small capitals and phonetic letters added. Letters of the languages that Adcheck reads are left out.
"""

_GROUPS = {
    "a": "ɑαаᎪᴀꓮ",
    "b": "ƅʙβвьᏏᏴꓐꞵ",
    "c": "сᏟᴄⲥꓚ",
    "d": "ɗԁᎠᏧᴅꓒꓓ",
    "e": "εеҽᎬᴇꓰꬲ",
    "f": "ϝքẝꓝꜰꞙꬵ",
    "g": "ƍɡɢԍցᏀᏳᶃꓖ",
    "h": "ʜнһհᎻᏂⲏꓧ",
    "i": "ɩɪιіᎥꙇ",
    "j": "ʝϳјᎫᴊꓙ",
    "k": "κкᏦᴋⲕꓗ",
    "l": "ǀʟӏᏞⲓⳑꓡꓲ",
    "m": "μϻмᎷᴍⲙꓟ",
    "n": "ɳɴηոռⲛꓠ",
    "o": "οσоօᴏᴑⲟꓳꬽ",
    "p": "ρрᏢᴘⲣꓑ",
    "q": "ԛգզ",
    "r": "ɾʀгᎡᎱᏒᴦⲅꓣꭇꭈ",
    "s": "ƽѕտᏕᏚꓢꜱ",
    "t": "τтᎢᴛⲧꓔ",
    "u": "υսᴜꓴꞟꭎꭒ",
    "v": "ʋνѵᏙᴠꓦ",
    "w": "ɯωѡԝաᎳᏔᴡꓪ",
    "x": "χхⲭꓫꭓ",
    "y": "ɣʏγуүᎩᎽᶌỿⲩꓬꭚ",
    "z": "ζᏃᴢꓜ",
}

LOOKALIKE: dict[str, str] = {imitation: letter for letter, imitations in _GROUPS.items() for imitation in imitations}

# Negative circled and negative squared capitals (🅐, 🅰): pictures of letters that NFKC leaves alone.
SHAPED: dict[str, str] = {chr(base + index): chr(97 + index) for base in (0x1F150, 0x1F170) for index in range(26)}
# The Korean vowel ㅣ standing as a bar between a label and the text.
SHAPED["\u3163"] = "|"
