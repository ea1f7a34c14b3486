#!/usr/bin/env python3
"""Writes vim25.txt: names, bases, order, types and first API version of the vim25 types that the simulator speaks.

Usage: PYTHONPATH=<pyVmomi 8.0.3 or later> python3 derive.py types.txt > vim25.txt
       python3 derive.py --check vim25.txt    compares what the installed pyVmomi knows (any version) with the file

One line per type:  <kind> <name> : <base> <since> | <property> <type>[?] <since> | ...
kind is data or managed; "?" marks optional; a type that has no line of its own is an enumeration, a string or opaque.
"""
import sys

from pyVmomi import VmomiSupport, vim, vmodl  # noqa: F401  (vim and vmodl register the types)

BUILTIN = {'str': 'string', 'bool': 'boolean', 'datetime': 'dateTime', 'binary': 'base64Binary', 'object': 'anyType',
           'type': 'string', 'PropertyPath': 'string', 'URI': 'anyURI', 'Link': 'string', 'ManagedMethod': 'string'}


# What came after the newest pyVmomi that this was run with, as the reference of the API has it.
NEWER = {
    'VirtualDisk': ['virtualDiskFormat string? 9.0.0.0'],
    'VirtualMachineConfigInfo': ['tdxEnabled boolean? 9.0.0.0'],
    'DatastoreInfo': ['logicalSectorSize int? 9.0.0.0'],
}


def since(version):
    if version is None or not version.startswith('vim.version'):
        return '0'
    text = VmomiSupport.versionIdMap.get(version, '0')
    return text.replace('2.5u2server', '2.5.2').replace('2.5u2', '2.5.2').replace('legacy', '0')


def type_name(t):
    if isinstance(t, type) and issubclass(t, list):
        return type_name(t.Item) + '[]'
    if issubclass(t, VmomiSupport.ManagedObject):
        return 'ManagedObjectReference'
    if issubclass(t, VmomiSupport.DataObject) or getattr(t, '_wsdlName', None):
        return t._wsdlName
    return BUILTIN.get(t.__name__, BUILTIN.get(t.__name__.split('.')[-1], t.__name__.split('.')[-1]))


def property_type(cls, prop):
    # On the wire a fault inside a data object travels in a LocalizedMethodFault; pyVmomi hides the wrapper.
    name = type_name(prop.type)
    return 'LocalizedMethodFault' if name == 'MethodFault' and cls._wsdlName != 'LocalizedMethodFault' else name


def find(name):
    for ns in ('urn:vim25', 'urn:vim2', 'urn:query', 'urn:vim25/query'):
        try:
            return VmomiSupport.GetWsdlType(ns, name)
        except KeyError:
            continue
    try:
        return VmomiSupport.GuessWsdlType(name)
    except KeyError:
        return None


def line(cls):
    kind = 'managed' if issubclass(cls, VmomiSupport.ManagedObject) else 'data'
    base = cls.__bases__[0]
    base_name = getattr(base, '_wsdlName', '-') or '-'
    if base in (VmomiSupport.DataObject, VmomiSupport.ManagedObject, object, Exception):
        base_name = '-'
    head = '%s %s : %s %s' % (kind, cls._wsdlName, base_name, since(getattr(cls, '_version', None)))
    own = [p for p in cls._propList if p.name not in {q.name for q in getattr(base, '_propList', [])}] \
        if kind == 'data' else cls._propList
    parts = ['%s %s%s %s' % (p.name, property_type(cls, p), '?' if p.flags & VmomiSupport.F_OPTIONAL else '', since(p.version))
             for p in own]
    return ' | '.join([head] + parts + NEWER.get(cls._wsdlName, [])), base, base_name


def write(names):
    done, lines, queue = set(), [], list(names)
    while queue:
        name = queue.pop(0)
        if name in done:
            continue
        cls = find(name)
        if cls is None:
            sys.exit('pyVmomi knows no type ' + name)
        done.add(name)
        text, _, base_name = line(cls)
        lines.append(text)
        if base_name != '-':
            queue.append(base_name)
    print('\n'.join(sorted(lines)))


def number(version):
    return tuple(int(x) for x in (version.split('.') + ['0'] * 4)[:4])


def check(path):
    """Every property that both sides know must have the same type, and the known ones the same order."""
    wrong, seen = [], 0
    for text in open(path, encoding='utf-8'):
        head, *parts = text.rstrip('\n').split(' | ')
        name = head.split()[1]
        cls = find(name)
        if cls is None:
            continue
        theirs = [(p.name, property_type(cls, p)) for p in cls._propList]
        ours = [tuple(p.replace('?', '').split()[:2]) for p in parts]
        both = {n for n, _ in theirs} & {n for n, _ in ours}
        a, b = [x for x in ours if x[0] in both], [x for x in theirs if x[0] in both]
        seen += len(a)
        if a != b:
            wrong.append('%s: the file says %s, pyVmomi %s' % (name, a, b))
    print('compared %d properties, %d types differ' % (seen, len(wrong)))
    print('\n'.join(wrong))
    sys.exit(1 if wrong or seen < 500 else 0)


if __name__ == '__main__':
    if sys.argv[1] == '--check':
        check(sys.argv[2])
    write(open(sys.argv[1], encoding='utf-8').read().split())
