#!/usr/bin/env python3
"""A small stand-in for OpenStack Keystone (v2.0 and v3 password login, and Rackspace's keys) in front of swift.sh.
  keystone-lite.py PORT SWIFT_V1_AUTH_URL
It checks the request shape strictly, logs in to Swift's own v1 service with the same name and
password, and hands that token out with a service catalogue holding two regions. Loopback only.
Accounts: user "tester" in project "test" (domain Default); password as in swift.sh.
"""
import json, sys, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
PORT, V1 = int(sys.argv[1]), sys.argv[2]
BASE = 'http://127.0.0.1:%d' % PORT

def login(project, user, password):
    r = urllib.request.Request(V1, headers={'X-Auth-User': project + ':' + user, 'X-Auth-Key': password})
    with urllib.request.urlopen(r) as f:
        return f.headers['X-Auth-Token'], f.headers['X-Storage-Url']

class H(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def log_message(self, *a): pass
    def out(self, status, obj, **h):
        b = json.dumps(obj).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        for k, v in h.items(): self.send_header(k.replace('_', '-'), v)
        self.send_header('Content-Length', str(len(b)))
        self.end_headers()
        self.wfile.write(b)
    def do_GET(self):
        v = {'v3': {'id': 'v3.14', 'status': 'stable', 'links': [{'rel': 'self', 'href': BASE + '/v3/'}]},
             'v2': {'id': 'v2.0', 'status': 'deprecated', 'links': [{'rel': 'self', 'href': BASE + '/v2.0/'}]}}
        p = self.path.rstrip('/')
        if p == '': self.out(300, {'versions': {'values': list(v.values())}})
        elif p == '/v3': self.out(200, {'version': v['v3']})
        elif p == '/v2.0': self.out(200, {'version': v['v2']})
        else: self.out(404, {'error': {'code': 404, 'message': 'not found'}})
    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        def refuse(code, why): self.out(code, {'error': {'code': code, 'message': why, 'title': 'refused'}})
        if 'application/json' not in self.headers.get('Content-Type', ''): return refuse(400, 'JSON expected')
        try:
            a = json.loads(raw)['auth']
            if self.path == '/v3/auth/tokens':
                i = a['identity']
                if i['methods'] != ['password']: return refuse(400, 'methods')
                u = i['password']['user']
                if 'id' in u: name = {'uid-tester': 'tester', 'uid-reader': 'reader'}[u['id']]
                else:
                    name, d = u['name'], u['domain']
                    if d not in ({'name': 'Default'}, {'id': 'default'}): return refuse(401, 'unknown domain')
                p = a['scope']['project']
                if 'id' in p: project = {'pid-test': 'test'}[p['id']]
                else:
                    project = p['name']
                    if p['domain'] not in ({'name': 'Default'}, {'id': 'default'}): return refuse(401, 'unknown project domain')
                tok, url = login(project, name, u['password'])
                ends = [{'interface': i, 'region': r, 'region_id': r, 'url': url if r == 'RegionOne' else 'http://127.0.0.1:9/v1/AUTH_dead', 'id': r + i}
                        for r in ('RegionOne', 'RegionTwo') for i in ('public', 'internal', 'admin')]
                return self.out(201, {'token': {'methods': ['password'], 'issued_at': '2024-01-01T00:00:00.000000Z', 'expires_at': '2099-01-01T00:00:00.000000Z',
                    'user': {'id': 'uid-' + name, 'name': name, 'domain': {'id': 'default', 'name': 'Default'}},
                    'project': {'id': 'pid-test', 'name': project, 'domain': {'id': 'default', 'name': 'Default'}}, 'roles': [],
                    'catalog': [{'type': 'identity', 'name': 'keystone', 'id': 'k', 'endpoints': []}, {'type': 'object-store', 'name': 'swift', 'id': 's', 'endpoints': ends}]}}, X_Subject_Token=tok)
            if self.path == '/v2.0/tokens':
                rackspace = 'RAX-KSKEY:apiKeyCredentials' in a
                if rackspace:  # which has no tenants to choose
                    if set(a) != {'RAX-KSKEY:apiKeyCredentials'}: return refuse(400, 'one way to log in')
                    c, project = a['RAX-KSKEY:apiKeyCredentials'], 'test'
                    tok, url = login(project, c['username'], c['apiKey'])
                else:
                    c = a['passwordCredentials']
                    project = a.get('tenantName') or {'pid-test': 'test'}[a['tenantId']]
                    tok, url = login(project, c['username'], c['password'])
                dead = 'http://127.0.0.1:9/v1/AUTH_dead'
                return self.out(200, {'access': {'token': {'id': tok, 'expires': '2099-01-01T00:00:00Z', 'tenant': {'id': 'pid-test', 'name': project}},
                    'user': {'id': 'uid-' + c['username'], 'name': c['username'], 'roles': [],
                             **({'RAX-AUTH:defaultRegion': 'RegionOne'} if rackspace else {})},
                    'serviceCatalog': [{'type': 'object-store', 'name': 'swift', 'endpoints': [
                        # For Rackspace's accounts the first one is not their own.
                        {'region': r, 'publicURL': u, 'internalURL': u, 'adminURL': u}
                        for r, u in ([('RegionTwo', dead), ('RegionOne', url)] if rackspace
                                     else [('RegionOne', url), ('RegionTwo', dead)])]}]}})
            refuse(404, 'not found')
        except urllib.error.HTTPError:
            refuse(401, 'The request you have made requires authentication.')
        except (KeyError, TypeError, ValueError) as e:
            refuse(400, 'malformed: %r' % e)
ThreadingHTTPServer(('127.0.0.1', PORT), H).serve_forever()
