namespace Migrate.Target.Tests.Reservations;

/// <summary>
/// Reservations of one namespace as the specification tells of them, written down plainly and with no part of the target's code:
/// hosts are numbers, statuses are codes.
/// </summary>
internal sealed class ReservationModel
{
    private const int Ok = 0;
    private const int Invalid = 0x002;
    private const int Conflict = 0x083;

    private readonly SortedDictionary<int, ulong> _keys = [];
    private int _type;
    private int _holder = -1;

    public uint Generation { get; private set; }

    public bool Persists { get; private set; }

    public int Type => _type;

    public IReadOnlyDictionary<int, ulong> Keys => _keys;

    public bool Holds(int host) => _type switch { 0 => false, 5 or 6 => _keys.ContainsKey(host), _ => _holder == host };

    public bool MayRead(int host) => _type is 0 or 1 or 3 or 5 || (_type == 2 ? _holder == host : _keys.ContainsKey(host));

    public bool MayWrite(int host) => _type == 0 || (_type is 1 or 2 ? _holder == host : _keys.ContainsKey(host));

    public int Register(int host, int action, bool ignoresKey, uint persistence, ulong current, ulong next)
    {
        if (action > 2 || persistence == 1 || (action != 1 && next == 0))
        {
            return Invalid;
        }

        var isRegistered = _keys.TryGetValue(host, out var key);
        if (action == 0 && isRegistered && key != next)
        {
            return Conflict;
        }

        if (action != 0 && (!isRegistered || (!ignoresKey && key != current)))
        {
            return Conflict;
        }

        if (action == 1)
        {
            Remove(host);
        }
        else
        {
            _keys[host] = next;
        }

        Persists = persistence switch { 2 => false, 3 => true, _ => Persists };
        Generation++;
        return Ok;
    }

    public int Acquire(int host, int action, int type, bool ignoresKey, ulong current, ulong preempted)
    {
        if (action > 2 || ignoresKey || type is < 1 or > 6)
        {
            return Invalid;
        }

        if (!_keys.TryGetValue(host, out var key) || key != current)
        {
            return Conflict;
        }

        if (action == 0)
        {
            if (_type != 0 && !(Holds(host) && _type == type))
            {
                return Conflict;
            }

            Take(host, type);
            return Ok;
        }

        var isAll = _type is 5 or 6;
        if ((isAll && preempted == 0) || (!isAll && _type != 0 && preempted == _keys[_holder]))
        {
            foreach (var other in _keys.Keys.Where(h => h != host && (preempted == 0 || _keys[h] == preempted)).ToList())
            {
                _keys.Remove(other);
            }

            Take(host, type);
            Generation++;
            return Ok;
        }

        if (preempted == 0)
        {
            return Invalid;
        }

        var named = _keys.Where(k => k.Value == preempted).Select(k => k.Key).ToList();
        named.ForEach(Remove);
        Generation += named.Count > 0 ? 1u : 0;
        return named.Count > 0 ? Ok : Conflict;
    }

    public int Release(int host, int action, int type, ulong current)
    {
        if (action > 1)
        {
            return Invalid;
        }

        if (!_keys.TryGetValue(host, out var key) || key != current)
        {
            return Conflict;
        }

        if (action == 1)
        {
            _keys.Clear();
            Generation++;
        }
        else if (!Holds(host))
        {
            return Ok;
        }
        else if (_type != type)
        {
            return Invalid;
        }

        (_type, _holder) = (0, -1);
        return Ok;
    }

    /// <summary>The target was started again.</summary>
    public void Restart()
    {
        if (!Persists)
        {
            _keys.Clear();
            (_type, _holder, Generation) = (0, -1, 0);
        }
    }

    private void Take(int host, int type) => (_type, _holder) = (type, type is 5 or 6 ? -1 : host);

    private void Remove(int host)
    {
        _keys.Remove(host);
        if (_holder == host || _keys.Count == 0)
        {
            (_type, _holder) = (0, -1);
        }
    }
}
