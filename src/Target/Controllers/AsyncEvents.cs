namespace Migrate.Target.Controllers;

/// <summary>
/// Asynchronous events (NVM Express Base 2.0, 5.2): the host leaves requests behind, each answered by one event. After a
/// notice no further one of its kind is sent until the host has read the log page that it names.
/// </summary>
internal sealed class AsyncEvents
{
    /// <summary>A kind of notice: its bit in OAES and AEC, and what completion dword 0 says (type, information, log page).</summary>
    public readonly record struct Notice(uint Bit, uint Result)
    {
        public byte LogPage => (byte)(Result >> 16);
    }

    /// <summary>A namespace appeared, went or changed its size: log page 04h.</summary>
    public static readonly Notice NamespaceChange = new(1u << 8, 0x02 | (0x00 << 8) | (0x04 << 16));

    /// <summary>Asymmetric namespace access: log page 0Ch.</summary>
    public static readonly Notice AnaChange = new(1u << 11, 0x02 | (0x03 << 8) | (0x0C << 16));

    /// <summary>Log page 70h.</summary>
    public static readonly Notice DiscoveryChange = new(1u << 31, 0x02 | (0xF0 << 8) | (0x70 << 16));

    /// <summary>Something happened to the host's registration or reservation: log page 80h. The mask of feature 82h decides, not AEC.</summary>
    public static readonly Notice Reservation = new(1u << 30, 0x06 | (0x00 << 8) | (0x80 << 16));

    private const int MaxChanged = 1024;

    private static readonly Notice[] OfSubsystems = [NamespaceChange, AnaChange];
    private static readonly Notice[] OfDiscovery = [DiscoveryChange];

    private readonly Lock _gate = new();
    private readonly Queue<ushort> _requests = new();
    private readonly SortedSet<uint> _changed = [];
    private readonly List<Notice> _pending = [];
    private uint _masked; // bits of notices whose log page the host has still to read
    private Action? _wake;

    /// <summary>OAES: which notices there are.</summary>
    public static uint Supported(bool isDiscovery) => (isDiscovery ? OfDiscovery : OfSubsystems).Aggregate(0u, (bits, n) => bits | n.Bit);

    /// <summary>AEC: which events the host wants.</summary>
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
            (commandId, result) = (0, 0);
            var next = _pending.FindIndex(n => (n.Bit & _masked) == 0);
            if (next < 0 || !_requests.TryDequeue(out commandId))
            {
                return false;
            }

            result = _pending[next].Result;
            _masked |= _pending[next].Bit;
            _pending.RemoveAt(next);
            return true;
        }
    }

    /// <summary>Tells the host, if it wants such notices; several of one kind before it looks are one.</summary>
    public void Raise(Notice notice)
    {
        lock (_gate)
        {
            var isWanted = notice == Reservation || (Configuration & notice.Bit) != 0;
            if (!isWanted || _pending.Contains(notice))
            {
                return;
            }

            _pending.Add(notice);
        }

        _wake?.Invoke();
    }

    public void NamespaceChanged(uint nsid)
    {
        lock (_gate)
        {
            _changed.Add(nsid);
        }

        Raise(NamespaceChange);
    }

    /// <summary>The host read a log page without asking for its event to be retained: the next notice may come.</summary>
    public void LogPageRead(byte page)
    {
        lock (_gate)
        {
            foreach (var notice in OfSubsystems.Concat(OfDiscovery).Append(Reservation).Where(n => n.LogPage == page))
            {
                _masked &= ~notice.Bit;
            }
        }
    }

    /// <summary>The changed namespace list (log page 04h); FFFFFFFFh alone means too many.</summary>
    public uint[] TakeChanged(bool retain)
    {
        lock (_gate)
        {
            uint[] changed = _changed.Count > MaxChanged ? [uint.MaxValue] : [.. _changed];
            if (!retain)
            {
                _changed.Clear();
            }

            return changed;
        }
    }
}
