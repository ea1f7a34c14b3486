using System.Buffers.Binary;

namespace Migrate.Executor.Sources.Vmdk;

/// <summary>
/// Counts the grains that the stream's tables promise. A stream has no length and its end marker is a sector of zeroes, so this count is what
/// tells a whole disk from one that lost its end: the tables come either before the grains (qemu-img) or after them (ESXi).
/// </summary>
internal sealed class GrainCount(VmdkHeader header)
{
    private const int TableBytes = VmdkHeader.EntriesPerTable * sizeof(uint);
    private const int TableSectors = TableBytes / VmdkHeader.SectorSize;
    private readonly byte[] _table = new byte[TableBytes];

    private long _before;
    private long _after;

    /// <summary>Reads what precedes the first marker.</summary>
    public async ValueTask ReadBeforeAsync(VmdkInput input, CancellationToken cancellationToken)
    {
        var end = header.OverheadSectors * VmdkHeader.SectorSize;
        if (header.TablesComeFirst)
        {
            await CountBeforeAsync(input, cancellationToken);
        }
        await input.SkipToAsync(end, cancellationToken);
    }

    /// <summary>Reads the table that a grain table marker announced.</summary>
    public async ValueTask ReadTableAsync(VmdkInput input, ulong sectors, CancellationToken cancellationToken)
    {
        if (sectors != TableSectors)
        {
            throw VmdkFault.Corrupt($"a grain table of {sectors} sectors");
        }
        await input.ReadAsync(_table, cancellationToken);
        _after += CountTable();
    }

    /// <summary>Whether the grains seen are all there were; a redundant copy of the tables counts every grain twice.</summary>
    public bool IsAll(long grains) => header.TablesComeFirst ? _before == grains : _after == grains || _after == 2 * grains;

    private async ValueTask CountBeforeAsync(VmdkInput input, CancellationToken cancellationToken)
    {
        var directory = new byte[header.TableCount * sizeof(uint)];
        var at = header.GrainDirectoryOffset;
        if (at < 1 || at > header.OverheadSectors - ((directory.Length + VmdkHeader.SectorSize - 1) / VmdkHeader.SectorSize))
        {
            throw VmdkFault.Corrupt($"its grain directory lies at sector {at}, outside the {header.OverheadSectors} before the first grain");
        }
        await input.SkipToAsync(at * VmdkHeader.SectorSize, cancellationToken);
        await input.ReadAsync(directory, cancellationToken);
        var tables = new List<uint>();
        for (var i = 0; i < directory.Length; i += sizeof(uint))
        {
            var table = BinaryPrimitives.ReadUInt32LittleEndian(directory.AsSpan(i));
            if (table != 0)
            {
                tables.Add(table);
            }
        }
        tables.Sort();
        long count = 0;
        foreach (var table in tables)
        {
            var offset = (long)table * VmdkHeader.SectorSize;
            if (offset < input.Position || table + TableSectors > header.OverheadSectors)
            {
                throw VmdkFault.Corrupt($"a grain table lies at sector {table}, where it cannot be");
            }
            await input.SkipToAsync(offset, cancellationToken);
            await input.ReadAsync(_table, cancellationToken);
            count += CountTable();
        }
        _before = count;
    }

    private long CountTable()
    {
        long count = 0;
        for (var i = 0; i < _table.Length; i += sizeof(uint))
        {
            // 0: no grain; 1: a grain of zeroes that is not stored either.
            count += BinaryPrimitives.ReadUInt32LittleEndian(_table.AsSpan(i)) > 1 ? 1 : 0;
        }
        return count;
    }
}
