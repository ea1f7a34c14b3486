using System.Buffers.Binary;

namespace Migrate.Executor.Sources.Vmdk;

/// <summary>How a sparse format lays out its directory of grain tables. All in bytes.</summary>
internal sealed record GrainLayout(long CapacityBytes, long GrainBytes, long DirectoryOffset, int EntryBytes, int EntriesPerTable)
{
    public long TableCovers => GrainBytes * EntriesPerTable;

    public long TableCount => (CapacityBytes + TableCovers - 1) / TableCovers;
}

/// <summary>
/// A sparse extent: a directory names tables, a table names grains. The three formats that VMware has differ only in where things lie and
/// what an entry says. Tables are read when they are needed and kept up to a bound; every offset is checked against the file.
/// </summary>
internal abstract class GrainExtent(FileWindow file, GrainLayout layout, long length) : IVmdkExtent
{
    /// <summary>At most 32 KiB each: 4 MiB per extent.</summary>
    private const int MostTables = 128;

    private const int PageBytes = 64 << 10;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, byte[]?> _tables = [];
    private (long Index, byte[] Bytes) _page = (-1, []);

    public long Length => length;

    protected FileWindow File => file;

    protected GrainLayout Layout => layout;

    public VmdkPlace Look(long offset, long wanted)
    {
        var grain = offset / layout.GrainBytes;
        var (table, first) = (grain / layout.EntriesPerTable, (int)(grain % layout.EntriesPerTable));
        var tableEnd = (table + 1) * layout.TableCovers;
        if (TableAt(table) is not { } entries)
        {
            return new VmdkPlace(VmdkPlaceKind.Absent, Math.Min(wanted, tableEnd - offset));
        }
        var kind = KindOf(Entry(entries, first));
        var next = first + 1;
        while (next < layout.EntriesPerTable && (((table * layout.EntriesPerTable) + next) * layout.GrainBytes) < offset + wanted && KindOf(Entry(entries, next)) == kind)
        {
            next++;
        }
        return new VmdkPlace(kind, Math.Min(wanted, (((table * layout.EntriesPerTable) + next) * layout.GrainBytes) - offset));
    }

    public async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (buffer.Length > 0)
        {
            var (grain, within) = (offset / layout.GrainBytes, offset % layout.GrainBytes);
            var entries = TableAt(grain / layout.EntriesPerTable) ?? throw new InvalidOperationException("no data here");
            var first = (int)(grain % layout.EntriesPerTable);
            var place = OffsetOf(Entry(entries, first));
            // Grains that follow each other in the file are read together.
            var run = layout.GrainBytes - within;
            for (var next = first + 1; CanJoin && run < buffer.Length && next < layout.EntriesPerTable
                && KindOf(Entry(entries, next)) == VmdkPlaceKind.Data && OffsetOf(Entry(entries, next)) == place + ((next - first) * layout.GrainBytes); next++)
            {
                run += layout.GrainBytes;
            }
            var part = (int)Math.Min(run, buffer.Length);
            await ReadGrainAsync(grain, place, within, buffer[..part], cancellationToken);
            (buffer, offset) = (buffer[part..], offset + part);
        }
    }

    public void Dispose() => file.Dispose();

    /// <summary>False when grains are compressed one by one.</summary>
    protected virtual bool CanJoin => true;

    protected abstract VmdkPlaceKind KindOf(ulong entry);

    /// <summary>Where in the file a stored grain begins.</summary>
    protected abstract long OffsetOf(ulong entry);

    /// <summary>Where in the file a table begins; null when the directory has none.</summary>
    protected abstract long? TableOffsetOf(ulong entry);

    protected virtual ValueTask ReadGrainAsync(long grain, long place, long within, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Inside(place + within, buffer.Length, $"the grain of byte {grain * layout.GrainBytes}");
        return file.ReadAsync(place + within, buffer, cancellationToken);
    }

    protected void Inside(long offset, long bytes, string what)
    {
        if (offset < 0 || offset > file.Length - bytes)
        {
            throw VmdkFileFault.Corrupt(file.Path, $"{what} would lie at byte {offset} of {file.Length}");
        }
    }

    protected ulong Entry(ReadOnlySpan<byte> entries, int index) => layout.EntryBytes == 4
        ? BinaryPrimitives.ReadUInt32LittleEndian(entries[(index * 4)..])
        : BinaryPrimitives.ReadUInt64LittleEndian(entries[(index * 8)..]);

    private byte[]? TableAt(long index)
    {
        lock (_lock)
        {
            if (_tables.TryGetValue(index, out var known))
            {
                return known;
            }
            byte[]? table = null;
            if (TableOffsetOf(DirectoryEntry(index)) is { } offset)
            {
                table = new byte[layout.EntriesPerTable * layout.EntryBytes];
                Inside(offset, table.Length, $"grain table {index}");
                file.Read(offset, table);
            }
            if (_tables.Count >= MostTables)
            {
                _tables.Clear();
            }
            return _tables[index] = table;
        }
    }

    private ulong DirectoryEntry(long index)
    {
        var at = index * layout.EntryBytes;
        if (_page.Index != at / PageBytes)
        {
            var start = at / PageBytes * PageBytes;
            var bytes = new byte[Math.Min(PageBytes, (layout.TableCount * layout.EntryBytes) - start)];
            file.Read(layout.DirectoryOffset + start, bytes);
            _page = (at / PageBytes, bytes);
        }
        return Entry(_page.Bytes, (int)(at % PageBytes / layout.EntryBytes));
    }
}
