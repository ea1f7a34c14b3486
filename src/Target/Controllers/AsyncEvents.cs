namespace Migrate.Target.Controllers;

/// <summary>
/// Asynchronous events (NVM Express Base 2.0, 5.2): the host leaves requests behind, each answered by one event. After a
/// namespace notice no further one is sent until the host has read the changed namespace list.
/// </summary>
internal sealed class AsyncEvents(bool isDiscovery)
{
    /// <summary>Bit 8 of AEC and OAES: namespace attribute notices.</summary>
    public const uint NamespaceNotices = 1 << 8;

    /// <summary>Type notice, namespace attribute changed, log page 04h.</summary>
    private const uint NamespaceNotice = 0x02 | (0x00 << 8) | (0x04 << 16);

    private const int MaxChanged = 1024;

    private readonly Lock _gate = new();
    private readonly Queue<ushort> _requests = new();
    private readonly SortedSet<uint> _changed = [];
    private Action? _wake;
    private bool _pending;
    private bool _masked;

    /// <summary>AEC: which events the host wants. A discovery controller has none of the namespaces' kind.</summary>
    public uint Configuration { get; set; }

    /// <summary>How to get the admin connection to call <see cref="TryTake"/>.</summary>
    public void WakeBy(Action wake) => _wake = wake;

    /// <summary>False when the host left more requests than allowed.</summary>
    public bool TryAdd(ushort commandId)
    {
        lock (_gate)
        {
            if (_requests.Count == SubsystemLimits.MaxAsyncEvents)
            {
                return false;
            }

            _requests.Enqueue(commandId);
            return true;
        }
    }

    /// <summary>A request and the event that answers it, if there are both.</summary>
    public bool TryTake(out ushort commandId, out uint result)
    {
        lock (_gate)
        {
            result = NamespaceNotice;
            commandId = 0;
            if (!_pending || _masked || !_requests.TryDequeue(out commandId))
            {
                return false;
            }

            (_pending, _masked) = (false, true);
            return true;
        }
    }

    public void NamespaceChanged(uint nsid)
    {
        lock (_gate)
        {
            _changed.Add(nsid);
            if (isDiscovery || (Configuration & NamespaceNotices) == 0)
            {
                return;
            }

            _pending = true;
        }

        _wake?.Invoke();
    }

    /// <summary>The changed namespace list (log page 04h); FFFFFFFFh alone means too many. Reading it lets the next notice come.</summary>
    public uint[] TakeChanged(bool retain)
    {
        lock (_gate)
        {
            uint[] changed = _changed.Count > MaxChanged ? [uint.MaxValue] : [.. _changed];
            if (!retain)
            {
                _changed.Clear();
                _masked = false;
            }

            return changed;
        }
    }
}
