"""failed-tests.py DIRECTORY: a line for each failed test in the .trx files there, with the beginning and the end of what it says."""
import pathlib
import sys
import xml.etree.ElementTree as xml

TEST = "{http://microsoft.com/schemas/VisualStudio/TeamTest/2010}"
BEGINNING, END = 900, 900

for file in sorted(pathlib.Path(sys.argv[1]).glob("*.trx")):
    try:
        results = xml.parse(file).iter(TEST + "UnitTestResult")
    except xml.ParseError as broken:
        print(f"FAILED: {file.name} is not whole: {broken}")
        continue
    for result in results:
        if result.get("outcome") in ("Passed", "NotExecuted"):
            continue
        said = " | ".join(line.strip() for line in result.findtext(f".//{TEST}ErrorInfo/{TEST}Message", "").splitlines() if line.strip())
        if len(said) > BEGINNING + END:
            said = f"{said[:BEGINNING]} [...] {said[-END:]}"
        print(f"FAILED: {file.stem}: {result.get('testName')}: {said}")
