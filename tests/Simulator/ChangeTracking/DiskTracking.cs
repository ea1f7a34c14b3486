using Migrate.Simulator.Disks;
using Migrate.Simulator.Inventory;

namespace Migrate.Simulator.ChangeTracking;

/// <summary>
/// The -ctk.vmdk of one disk. A change id is "uuid/sequence": the uuid changes with every reset, the sequence with every snapshot. Changes
/// are kept per sequence in blocks of 64 KiB, as real tracking files keep more than the bytes that were written.
/// </summary>
public sealed class DiskTracking
{
    public const int BlockBytes = 64 << 10;

    private readonly Lock _lock = new();
    private readonly string _about;

    /// <summary>A simulator that is started again has lost what guests wrote, as a host that crashed may have: no change id of before is one of its own.</summary>
    private readonly Guid _life = Guid.NewGuid();
    private readonly List<RunMap> _changed = [];
    private string? _epoch;
    private int _resets;

    public DiskTracking(string about, bool active)
    {
        _about = about;
        if (active)
        {
            Start();
        }
    }

    /// <summary>The change id that a snapshot taken now would freeze; null while the disk is not tracked.</summary>
    public string? ChangeId
    {
        get
        {
            lock (_lock)
            {
                return _epoch is null ? null : $"{_epoch}/{_changed.Count}";
            }
        }
    }

    /// <summary>True: queries end in a file error until tracking starts anew.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The VM was stunned: only now does a flag that was set or cleared take effect.</summary>
    public void Stunned(bool wanted)
    {
        lock (_lock)
        {
            if (wanted && _epoch is null)
            {
                Start();
            }
            else if (!wanted)
            {
                _epoch = null;
                _changed.Clear();
            }
        }
    }

    /// <summary>Everything known is forgotten, as after a power loss or an extension of the disk.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            if (_epoch is not null)
            {
                Start();
            }
        }
    }

    public void Break() => IsBroken = true;

    public void Record(long offset, long length)
    {
        lock (_lock)
        {
            if (_epoch is not null)
            {
                _changed[^1].Set(offset / BlockBytes * BlockBytes, (offset + length + BlockBytes - 1) / BlockBytes * BlockBytes);
            }
        }
    }

    /// <summary>A snapshot is taken: gives its change id and begins the next sequence.</summary>
    public string? Freeze()
    {
        lock (_lock)
        {
            var id = ChangeId;
            if (id is not null)
            {
                _changed.Add(new RunMap());
            }

            return id;
        }
    }

    /// <summary>What was written after <paramref name="since"/> and not after <paramref name="until"/>; null when these ids do not belong together.</summary>
    public RunMap? Between(string since, string until)
    {
        lock (_lock)
        {
            if (_epoch is null || Sequence(since) is not { } from || Sequence(until) is not { } to || from > to || to > _changed.Count)
            {
                return null;
            }

            var result = new RunMap();
            _changed[from..to].ForEach(result.Add);
            return result;
        }
    }

    private int? Sequence(string id) => id.StartsWith(_epoch + "/", StringComparison.Ordinal)
        && int.TryParse(id.AsSpan(_epoch!.Length + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;

    private void Start()
    {
        var hex = StableBytes.Hex($"ctk/{_about}/{_life}/{_resets++}", 30);
        var pairs = hex.Chunk(2).Select(p => new string(p)).Prepend("52").ToList();
        _epoch = string.Join(' ', pairs[..8]) + "-" + string.Join(' ', pairs[8..]);
        _changed.Clear();
        _changed.Add(new RunMap());
        IsBroken = false;
    }
}
