"""Shared by the pyVmomi scripts: connecting, and reading properties the way inventory tools do."""
import os
import ssl
import sys

from pyVim import connect
from pyVmomi import vim, vmodl

HOST, PORT, USER, PASSWORD = '127.0.0.1', int(os.environ['SIM_PORT']), os.environ['SIM_USER'], os.environ['SIM_PASSWORD']


def login(password=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return connect.SmartConnect(host=HOST, port=PORT, user=USER, pwd=password or PASSWORD, sslContext=context)


def view(si, *types):
    content = si.RetrieveContent()
    return content.viewManager.CreateContainerView(content.rootFolder, list(types), True)


def find(si, cls, name):
    found = [o for o in view(si, cls).view if o.name == name]
    check(len(found) == 1, 'one %s called %s, found %d' % (cls.__name__, name, len(found)))
    return found[0]


def retrieve(si, container, cls, paths, page=None):
    """Yields (object, {path: value}) through RetrievePropertiesEx, and the number of pages at the end of `pages`."""
    pc = vmodl.query.PropertyCollector
    traversal = pc.TraversalSpec(name='view', path='view', skip=False, type=vim.view.ContainerView)
    spec = pc.FilterSpec(
        objectSet=[pc.ObjectSpec(obj=container, skip=True, selectSet=[traversal])],
        propSet=[pc.PropertySpec(type=cls, pathSet=paths, all=not paths)])
    collector = si.RetrieveContent().propertyCollector
    result = collector.RetrievePropertiesEx([spec], pc.RetrieveOptions(maxObjects=page))
    objects, pages = [], 0
    while result:
        pages += 1
        check(page is None or len(result.objects) <= page, 'no page longer than asked')
        objects += [(o.obj, {p.name: p.val for p in o.propSet}) for o in result.objects]
        result = collector.ContinueRetrievePropertiesEx(result.token) if result.token else None
    return objects, pages


def check(condition, what):
    if not condition:
        print('FAILED: ' + what)
        sys.exit(1)


def expect(fault, action, what):
    try:
        action()
    except fault as e:
        return e
    check(False, '%s: expected %s and nothing was raised' % (what, fault.__name__))
