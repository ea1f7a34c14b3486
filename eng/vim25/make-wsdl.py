#!/usr/bin/env python3
"""Writes vim.wsdl and vim-types.xsd (urn:vim25) from the type model that pyVmomi carries.

    make-wsdl.py <directory of the pyVmomi package> <output directory>

The model is a list of calls (CreateDataType, CreateEnumType, CreateManagedType) with names on the wire, bases, members in
order and their flags. It is executed with recording functions in place of pyVmomi's, so pyVmomi itself is never imported.
What is taken is in subset.txt; see NOTICE for where it comes from. With Debian trixie among the apt sources:

    apt-get download python3-pyvmomi/trixie && dpkg-deb -x python3-pyvmomi_*.deb model
    make-wsdl.py model/usr/lib/python3/dist-packages/pyVmomi eng/vim25 && generate.py src/Planner/Vim25
"""
import collections
import pathlib
import re
import sys
from xml.sax.saxutils import escape

LINK, LINKABLE, OPTIONAL, SECRET = 1, 2, 4, 8
MODEL_FILES = ["_typeinfo_core.py", "_typeinfo_query.py", "_typeinfo_vim.py"]
PRIMITIVES = {
    "string": "string", "boolean": "boolean", "byte": "byte", "short": "short", "int": "int", "long": "long",
    "float": "float", "double": "double", "anyType": "anyType", "vmodl.Binary": "base64Binary",
    "vmodl.DateTime": "dateTime", "vmodl.URI": "anyURI", "vmodl.TypeName": "string", "vmodl.MethodName": "string",
    "vmodl.PropertyPath": "string",
}
ROOTS = {"vmodl.DataObject", "vmodl.DynamicData"}

Data = collections.namedtuple("Data", "name wire base members")
Enum = collections.namedtuple("Enum", "name wire values")
Managed = collections.namedtuple("Managed", "name wire base properties operations")
Operation = collections.namedtuple("Operation", "wire parameters result result_optional")
Member = collections.namedtuple("Member", "name type flags")


class Model:
    def __init__(self, package):
        # The two roots of faults are built into pyVmomi's runtime instead of being listed.
        self.data = {
            "vmodl.MethodFault": Data("vmodl.MethodFault", "MethodFault", "vmodl.DynamicData", [
                Member("faultCause", "vmodl.MethodFault", OPTIONAL), Member("faultMessage", "vmodl.LocalizableMessage[]", OPTIONAL)]),
            "vmodl.RuntimeFault": Data("vmodl.RuntimeFault", "RuntimeFault", "vmodl.MethodFault", []),
        }
        self.enums, self.managed = {}, {}
        for file in MODEL_FILES:
            source = (package / file).read_text(encoding="utf-8")
            source = re.sub(r"^from .*$", "", source, flags=re.M)
            exec(compile(source, file, "exec"), self._recorders())
        self.by_wire = {t.wire: t for kind in (self.data, self.enums, self.managed) for t in kind.values()}

    def _recorders(self):
        class Ignored:
            def Add(self, *_):
                pass

        def data(name, wire, base, version, members):
            self.data[name] = Data(name, wire, base, [Member(m[0], m[1], m[3]) for m in members or []])

        def enum(name, wire, version, values):
            self.enums[name] = Enum(name, wire, values)

        def managed(name, wire, base, version, properties, operations):
            self.managed[name] = Managed(
                name, wire, base, {p[0]: Member(p[0], p[1], p[3]) for p in properties or []},
                {o[1]: Operation(o[1], [Member(p[0], p[1], p[3]) for p in o[3]], o[4][1], bool(o[4][0] & OPTIONAL)) for o in operations or []})

        recorders = {
            "CreateDataType": data, "CreateEnumType": enum, "CreateManagedType": managed, "AddVersion": lambda *_: None,
            "AddVersionParent": lambda *_: None, "AddBreakingChangesInfo": lambda *_: None, "F_LINK": LINK,
            "F_LINKABLE": LINKABLE, "F_OPTIONAL": OPTIONAL, "F_SECRET": SECRET}
        for versions in ("newestVersions", "ltsVersions", "oldestVersions", "stableVersions", "publicVersions"):
            recorders[versions] = Ignored()
        return recorders

    def member_at(self, managed_wire, path):
        holder = self.by_wire[managed_wire]
        steps = path.split(".")
        member = None
        for step in steps:
            member = None
            while holder is not None and member is None:
                members = holder.properties if isinstance(holder, Managed) else {m.name: m for m in holder.members}
                member = members.get(step)
                if member is None:
                    holder = self.managed.get(holder.base) or self.data.get(holder.base)
            if member is None:
                raise SystemExit(f"subset.txt: {managed_wire} has no {path} (stopped at {step})")
            holder = self.data.get(member.type.removesuffix("[]"))
        return member

    def derived(self, wire):
        found, grew = {self.by_wire[wire].name}, True
        while grew:
            more = {t.name for t in self.data.values() if t.base in found} - found
            found |= more
            grew = bool(more)
        return found


class Schema:
    """The closure of what was asked for; types in order of their names, so that output depends on nothing else."""

    def __init__(self, model):
        self.model, self.taken, self.arrays = model, {}, {"string", "int", "long"}
        self.operations = []

    def take(self, type_name):
        name = type_name.removesuffix("[]")
        if name in self.taken or name in PRIMITIVES or name in ROOTS or self._is_reference(name):
            return
        if name in self.model.enums:
            self.taken[name] = self.model.enums[name]
            return
        data = self.model.data[name]
        self.taken[name] = data
        if data.base not in ROOTS:
            self.take(data.base)
        for member in data.members:
            if not member.flags & LINK:
                self.take(member.type)

    def _is_reference(self, name):
        return name in self.model.managed or name in ("vmodl.ManagedObject", "vmodl.ManagedMethod")

    def wire(self, type_name, flags=0):
        name = type_name.removesuffix("[]")
        if flags & LINK:
            return "xsd:string"
        if name in PRIMITIVES:
            return "xsd:" + PRIMITIVES[name]
        if self._is_reference(name):
            return "vim25:ManagedObjectReference"
        if name == "vmodl.MethodFault":
            return "vim25:LocalizedMethodFault"   # a fault inside data travels with its message
        if name in ROOTS:
            return "vim25:DynamicData"
        return "vim25:" + (self.model.enums.get(name) or self.model.data[name]).wire

    def array(self, type_name):
        self.arrays.add(type_name.removesuffix("[]"))

    def element(self, member):
        occurs = ' minOccurs="0"' if member.flags & OPTIONAL or member.type.endswith("[]") else ""
        occurs += ' maxOccurs="unbounded"' if member.type.endswith("[]") else ""
        return f'<element name="{member.name}" type="{self.wire(member.type, member.flags)}"{occurs}/>'

    def xsd(self):
        out = ['<?xml version="1.0" encoding="utf-8"?>', "<!-- Written by make-wsdl.py; see NOTICE. -->",
               '<schema xmlns="http://www.w3.org/2001/XMLSchema" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
               ' xmlns:vim25="urn:vim25" targetNamespace="urn:vim25" elementFormDefault="qualified">',
               '  <complexType name="DynamicData"><sequence/></complexType>',
               '  <complexType name="ManagedObjectReference"><simpleContent><extension base="xsd:string">'
               '<attribute name="type" type="xsd:string"/></extension></simpleContent></complexType>',
               '  <complexType name="LocalizedMethodFault"><complexContent><extension base="vim25:DynamicData"><sequence>'
               '<element name="fault" type="vim25:MethodFault"/><element name="localizedMessage" type="xsd:string" minOccurs="0"/>'
               "</sequence></extension></complexContent></complexType>"]
        for t in sorted(self.taken.values(), key=lambda t: t.wire):
            out += self._enum(t) if isinstance(t, Enum) else self._complex(t)
        boxes = {self._box(n) for n in self.arrays}
        for box, item, item_type in sorted(boxes):
            out.append(f'  <complexType name="ArrayOf{box}"><sequence><element name="{item}" type="{item_type}" minOccurs="0" '
                       'maxOccurs="unbounded"/></sequence></complexType>')
        for o in self.operations:
            self_reference = Member("_this", "vmodl.ManagedObject", 0)
            out.append(f'  <complexType name="{o.wire}RequestType"><sequence>')
            out += ["    " + self.element(m) for m in [self_reference, *o.parameters]]
            out.append("  </sequence></complexType>")
            out.append(f'  <element name="{o.wire}" type="vim25:{o.wire}RequestType"/>')
            result = "" if o.result == "void" else self.element(Member("returnval", o.result, OPTIONAL if o.result_optional else 0))
            out.append(f'  <element name="{o.wire}Response"><complexType><sequence>{result}</sequence></complexType></element>')
        return "\n".join([*out, "</schema>", ""])

    def _box(self, name):
        wire = self.wire(name)
        local = wire.split(":")[1]
        return local[0].upper() + local[1:], local, wire

    def _enum(self, t):
        return [f'  <simpleType name="{t.wire}"><restriction base="xsd:string">',
                *(f'    <enumeration value="{escape(v)}"/>' for v in t.values), "  </restriction></simpleType>"]

    def _complex(self, t):
        base = "DynamicData" if t.base in ROOTS else self.model.data[t.base].wire
        head = f'  <complexType name="{t.wire}"><complexContent><extension base="vim25:{base}"><sequence>'
        tail = "  </sequence></extension></complexContent></complexType>"
        return [head, *("    " + self.element(m) for m in t.members), tail]

    def wsdl(self):
        out = ['<?xml version="1.0" encoding="utf-8"?>', "<!-- Written by make-wsdl.py; see NOTICE. -->",
               '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"'
               ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:vim25="urn:vim25" targetNamespace="urn:vim25">',
               '  <types><xsd:schema><xsd:import namespace="urn:vim25" schemaLocation="vim-types.xsd"/></xsd:schema></types>']
        for o in self.operations:
            out += [f'  <message name="{o.wire}RequestMsg"><part name="parameters" element="vim25:{o.wire}"/></message>',
                    f'  <message name="{o.wire}ResponseMsg"><part name="parameters" element="vim25:{o.wire}Response"/></message>']
        out.append('  <portType name="VimPortType">')
        out += [f'    <operation name="{o.wire}"><input message="vim25:{o.wire}RequestMsg"/>'
                f'<output message="vim25:{o.wire}ResponseMsg"/></operation>' for o in self.operations]
        out += ["  </portType>", '  <binding name="VimBinding" type="vim25:VimPortType">',
                '    <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>']
        out += [f'    <operation name="{o.wire}"><soap:operation soapAction="urn:vim25/8.0.3.0" style="document"/>'
                '<input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>'
                for o in self.operations]
        return "\n".join([*out, "  </binding>", "</definitions>", ""])


def main(package, output):
    model = Model(package)
    schema = Schema(model)
    for line in (pathlib.Path(__file__).parent / "subset.txt").read_text(encoding="utf-8").splitlines():
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0] == "call":
            holder, name = words[1].split(".")
            operation = model.by_wire[holder].operations[name]
            schema.operations.append(operation)
            for member in operation.parameters:
                schema.take(member.type)
            if operation.result != "void":
                schema.take(operation.result)
        elif words[0] == "read":
            member = model.member_at(words[1], words[2])
            if not member.flags & LINK:
                schema.take(member.type)
                if member.type.endswith("[]"):
                    schema.array(member.type)
        elif words[0] == "add":
            model.by_wire[words[1]].members.append(Member(words[2], words[3], OPTIONAL))
        elif words[0] == "all":
            for name in model.derived(words[1]):
                schema.take(name)
        else:
            raise SystemExit(f"subset.txt: unknown word {words[0]}")
    (output / "vim-types.xsd").write_text(schema.xsd(), encoding="utf-8")
    (output / "vim.wsdl").write_text(schema.wsdl(), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
