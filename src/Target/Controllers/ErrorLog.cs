using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Controllers;

/// <summary>Error information (log page 01h; NVM Express Base 2.0, 5.16.1.2): the latest failed commands, newest first.</summary>
internal sealed class ErrorLog
{
    public const int EntrySize = 64;

    private readonly Lock _gate = new();
    private readonly LinkedList<(ulong Count, ushort QueueId, ushort CommandId, ushort Status, ulong Lba, uint Nsid)> _latest = new();
    private ulong _count;

    public ulong Count
    {
        get
        {
            lock (_gate)
            {
                return _count;
            }
        }
    }

    public void Add(ushort queueId, ushort commandId, ushort status, ulong lba, uint nsid)
    {
        lock (_gate)
        {
            _latest.AddFirst((++_count, queueId, commandId, status, lba, nsid));
            if (_latest.Count > SubsystemLimits.ErrorLogEntries)
            {
                _latest.RemoveLast();
            }
        }
    }

    public void Write(Span<byte> page)
    {
        lock (_gate)
        {
            foreach (var error in _latest)
            {
                WriteUInt64LittleEndian(page, error.Count);
                WriteUInt16LittleEndian(page[8..], error.QueueId);
                WriteUInt16LittleEndian(page[10..], error.CommandId);
                WriteUInt16LittleEndian(page[12..], (ushort)(error.Status << 1));
                WriteUInt16LittleEndian(page[14..], 0xFFFF); // no single field of the command is to blame
                WriteUInt64LittleEndian(page[16..], error.Lba);
                WriteUInt32LittleEndian(page[24..], error.Nsid);
                page = page[EntrySize..];
            }
        }
    }
}
