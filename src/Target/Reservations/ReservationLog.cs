using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Reservations;

/// <summary>
/// Reservation notifications for one controller's host (log page 80h; NVM Express Base 2.0, 5.16.1.24): each is a page of its own,
/// which goes when it is read.
/// </summary>
internal sealed class ReservationLog
{
    public const int PageSize = 64;

    private const int Most = 255;

    private readonly Lock _gate = new();
    private readonly Queue<(ulong Count, ReservationNoticeType Type, uint Nsid)> _unread = new();
    private readonly Dictionary<uint, uint> _masks = [];
    private ulong _count;

    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _unread.Count == 0;
            }
        }
    }

    /// <summary>Feature 82h: bits of the notices of this namespace that the host does not want.</summary>
    public uint MaskOf(uint nsid)
    {
        lock (_gate)
        {
            return _masks.GetValueOrDefault(nsid);
        }
    }

    public void Mask(uint nsid, uint bits)
    {
        lock (_gate)
        {
            _masks[nsid] = bits;
        }
    }

    /// <summary>False when the host does not want to know. What is not read in time is lost, which the gap in the count tells.</summary>
    public bool TryAdd(uint nsid, ReservationNoticeType type)
    {
        lock (_gate)
        {
            if ((_masks.GetValueOrDefault(nsid) & (1u << (int)type)) != 0)
            {
                return false;
            }

            if (_unread.Count == Most)
            {
                _unread.Dequeue();
            }

            _unread.Enqueue((++_count, type, nsid));
            return true;
        }
    }

    /// <summary>The oldest page; an empty one when there is none.</summary>
    public byte[] Take()
    {
        var page = new byte[PageSize];
        lock (_gate)
        {
            if (_unread.TryDequeue(out var oldest))
            {
                WriteUInt64LittleEndian(page, oldest.Count);
                page[8] = (byte)oldest.Type;
                page[9] = (byte)_unread.Count;
                WriteUInt32LittleEndian(page.AsSpan(12), oldest.Nsid);
            }
        }

        return page;
    }
}
