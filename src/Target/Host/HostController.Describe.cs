using System.Globalization;
using System.Text;
using Migrate.Target.Probe;
using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Host;

internal sealed partial class HostController
{
    private const byte DiscoveryLog = 0x70;
    private const int RecordSize = 1024;
    private const int MostRecords = 1024;
    private const int RecordsPerRead = 3; // with them the page's head: 4096 bytes

    /// <summary>
    /// The discovery log (NVM Express Base 2.0, 5.16.1.23). It may change while it is read in parts: GENCTR tells, and it is read again.
    /// </summary>
    public async Task<IReadOnlyList<DiscoveredSubsystem>> ReadDiscoveryLogAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < 10; attempt++)
        {
            var head = await ReadLogAsync(DiscoveryLog, 0, RecordSize, cancellationToken);
            var generation = ReadInt64LittleEndian(head);
            var count = (int)Math.Clamp(ReadInt64LittleEndian(head.AsSpan(8)), 0, MostRecords);
            var found = new List<DiscoveredSubsystem>();
            while (found.Count < count)
            {
                var records = Math.Min(RecordsPerRead, count - found.Count);
                var page = await ReadLogAsync(DiscoveryLog, RecordSize * (1 + found.Count), records * RecordSize, cancellationToken);
                found.AddRange(Enumerable.Range(0, records).Select(i => Record(page.AsSpan(i * RecordSize, RecordSize))));
            }

            if (ReadInt64LittleEndian(await ReadLogAsync(DiscoveryLog, 0, RecordSize, cancellationToken)) == generation)
            {
                return found;
            }
        }

        throw new NvmeException("Discovery", "the target's discovery log does not come to rest");
    }

    public async Task<ProbedController> DescribeAsync(int ioQueues, CancellationToken cancellationToken)
    {
        var page = await IdentifyAsync(0x01, 0, cancellationToken);
        var version = ReadUInt32LittleEndian(page.AsSpan(80));
        return new ProbedController(
            Terminated(page.AsSpan(768, 256)), ReadUInt16LittleEndian(page.AsSpan(78)), Padded(page.AsSpan(24, 40)), Padded(page.AsSpan(4, 20)),
            Padded(page.AsSpan(64, 8)), string.Create(CultureInfo.InvariantCulture, $"{version >> 16}.{(version >> 8) & 0xFF}.{version & 0xFF}"),
            Limits.MaxTransferBytes, Limits.MaxInCapsuleBytes, Limits.MaxCommands == int.MaxValue ? null : Limits.MaxCommands, ioQueues, Limits.HasWriteCache);
    }

    private async Task<byte[]> ReadLogAsync(byte log, long offset, int length, CancellationToken cancellationToken)
    {
        var page = new byte[length];
        var name = $"Get Log Page (0x{log:x2})";
        var command = await Admin.RentAsync(name, cancellationToken);
        var entry = command.Begin(name, AdminOpcode.GetLogPage, 0);
        WriteUInt32LittleEndian(entry[40..], log | ((uint)((length / 4) - 1) << 16));
        WriteInt64LittleEndian(entry[48..], offset);
        command.Reads(page);
        await Admin.ExecuteAsync(command);
        return page;
    }

    private static DiscoveredSubsystem Record(ReadOnlySpan<byte> record) => new(
        Terminated(record.Slice(256, 256)), Padded(record.Slice(512, 256)), Padded(record.Slice(32, 32)),
        record[0] switch { 1 => "rdma", 2 => "fc", 3 => "tcp", var type => type.ToString(CultureInfo.InvariantCulture) }, record[2] is 1 or 3);

    private static string Padded(ReadOnlySpan<byte> field) => Encoding.ASCII.GetString(field).TrimEnd(' ', '\0');

    private static string Terminated(ReadOnlySpan<byte> field) => Encoding.UTF8.GetString(field.IndexOf((byte)0) is >= 0 and var end ? field[..end] : field);
}
