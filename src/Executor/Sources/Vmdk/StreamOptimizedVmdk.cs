using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using Migrate.Executor.Copy;

namespace Migrate.Executor.Sources.Vmdk;

/// <summary>
/// Decodes a stream-optimized VMDK (VMware's Virtual Disk Format 5.0, "Stream-Optimized Compressed Sparse Extents") while it arrives: a header
/// and metadata, then markers, each before a grain, a table, a directory, the footer or the end. Nothing is trusted: sizes are bounded before
/// memory is taken, grains must ascend, and the end counts only when all the grains that the tables name have come (and the footer, where
/// the tables follow the grains).
/// </summary>
internal sealed class StreamOptimizedVmdk(VmdkInput input, long capacityBytes, ExtentPool pool)
{
    private const int MarkerHead = 12;

    private readonly byte[] _sector = new byte[VmdkHeader.SectorSize];
    private byte[] _compressed = [];
    private byte[] _grain = [];
    private VmdkHeader _header = null!;
    private GrainCount _count = null!;
    private IMemoryOwner<byte>? _extent;
    private long _extentIndex;
    private long _position;
    private long _nextGrain;
    private long _grains;
    private bool _sawFooter;

    public async IAsyncEnumerable<DiskChunk> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            await input.ReadAsync(_sector, cancellationToken);
            _header = VmdkHeader.Parse(_sector, capacityBytes);
            _grain = new byte[_header.GrainBytes];
            // Deflate never makes much more of what it cannot shrink; twice the grain is far beyond any encoder.
            _compressed = new byte[(2 * _header.GrainBytes) + VmdkHeader.SectorSize];
            _count = new GrainCount(_header);
            await _count.ReadBeforeAsync(input, cancellationToken);

            while (await ReadMarkerAsync(cancellationToken) is { } grain)
            {
                var index = grain.Sector * VmdkHeader.SectorSize / Extent.Size;
                if (_extent is not null && index != _extentIndex)
                {
                    yield return TakeExtent();
                }
                if (_extent is null)
                {
                    if (index * Extent.Size > _position)
                    {
                        yield return TakeZeroes(index * Extent.Size);
                    }
                    _extent = await pool.RentAsync(cancellationToken);
                    _extent.Memory.Span.Clear();
                    _extentIndex = index;
                }
                await ReadGrainAsync(grain.Sector, grain.Size, cancellationToken);
            }

            if (_extent is not null)
            {
                yield return TakeExtent();
            }
            if (_position < capacityBytes)
            {
                yield return TakeZeroes(capacityBytes);
            }
        }
        finally
        {
            _extent?.Dispose();
        }
    }

    /// <summary>Reads up to the next grain's marker, whose sector stays in <see cref="_sector"/>; null at the stream's true end.</summary>
    private async ValueTask<(long Sector, int Size)?> ReadMarkerAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!await input.TryReadAsync(_sector, cancellationToken))
            {
                // qemu-img writes no end marker; then only the tables before the grains can vouch for the end.
                return _header.TablesComeFirst && _count.IsAll(_grains) ? null : throw VmdkFault.Truncated(input.Position);
            }
            var value = BinaryPrimitives.ReadUInt64LittleEndian(_sector);
            var size = BinaryPrimitives.ReadUInt32LittleEndian(_sector.AsSpan(8));
            if (size > 0)
            {
                return CheckGrain(value, size);
            }
            switch ((MarkerType)BinaryPrimitives.ReadUInt32LittleEndian(_sector.AsSpan(MarkerHead)))
            {
                case MarkerType.EndOfStream when value == 0 && (_header.TablesComeFirst || _sawFooter) && _count.IsAll(_grains):
                    return null;
                case MarkerType.EndOfStream:
                    throw VmdkFault.Corrupt($"an end marker stands after {_grains} grains, at byte {input.Position - VmdkHeader.SectorSize} of the stream, before what its tables promise has come");
                case MarkerType.GrainTable:
                    await _count.ReadTableAsync(input, value, cancellationToken);
                    break;
                case MarkerType.GrainDirectory when value <= (ulong)((_header.TableCount * sizeof(uint) / VmdkHeader.SectorSize) + 1):
                    await input.SkipToAsync(input.Position + ((long)value * VmdkHeader.SectorSize), cancellationToken);
                    break;
                case MarkerType.Footer when value == 1:
                    await input.ReadAsync(_sector, cancellationToken);
                    VmdkHeader.Parse(_sector, capacityBytes);
                    _sawFooter = true;
                    break;
                default:
                    throw VmdkFault.Corrupt($"an unknown marker at byte {input.Position - VmdkHeader.SectorSize} of the stream");
            }
        }
    }

    private (long, int) CheckGrain(ulong sector, uint size)
    {
        if (sector >= (ulong)_header.CapacitySectors || (long)sector % _header.GrainSectors != 0 || (long)sector < _nextGrain || size > _compressed.Length - VmdkHeader.SectorSize)
        {
            throw VmdkFault.Corrupt($"a grain of {size} bytes for sector {sector} at byte {input.Position - VmdkHeader.SectorSize} of the stream; sector {_nextGrain} or a later grain's was due");
        }
        return ((long)sector, (int)size);
    }

    private async ValueTask ReadGrainAsync(long sector, int size, CancellationToken cancellationToken)
    {
        // The data begins in the marker's own sector and is padded to a sector's end.
        var inSector = Math.Min(size, VmdkHeader.SectorSize - MarkerHead);
        _sector.AsSpan(MarkerHead, inSector).CopyTo(_compressed);
        var rest = (size - inSector + VmdkHeader.SectorSize - 1) / VmdkHeader.SectorSize * VmdkHeader.SectorSize;
        await input.ReadAsync(_compressed.AsMemory(inSector, rest), cancellationToken);

        var offset = sector * VmdkHeader.SectorSize;
        var length = (int)Math.Min(_header.GrainBytes, capacityBytes - offset);
        Inflate(size, length, sector);
        _grain.AsSpan(0, length).CopyTo(_extent!.Memory.Span[(int)(offset % Extent.Size)..]);
        _nextGrain = sector + _header.GrainSectors;
        _grains++;
    }

    /// <summary>Never yields more than a grain, whatever the data say. The disk's last grain may be short or padded.</summary>
    private void Inflate(int size, int needed, long sector)
    {
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(_compressed, 0, size, writable: false), CompressionMode.Decompress);
            var length = zlib.ReadAtLeast(_grain, _grain.Length, throwOnEndOfStream: false);
            // Asking for one byte more also makes the decoder check the data's own checksum.
            if (length < needed || (length != needed && length != _grain.Length) || zlib.ReadByte() >= 0)
            {
                throw VmdkFault.Corrupt($"the grain of sector {sector} unpacks to another size than a grain's");
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw VmdkFault.Corrupt($"the grain of sector {sector} cannot be unpacked", e);
        }
    }

    private DiskChunk TakeExtent()
    {
        var chunk = new DiskChunk(_extentIndex * Extent.Size, Extent.LengthOf(_extentIndex, capacityBytes), _extent);
        _extent = null;
        _position = chunk.Offset + chunk.Length;
        return chunk;
    }

    private DiskChunk TakeZeroes(long until)
    {
        var chunk = new DiskChunk(_position, until - _position, null);
        _position = until;
        return chunk;
    }

    private enum MarkerType : uint
    {
        EndOfStream = 0,
        GrainTable = 1,
        GrainDirectory = 2,
        Footer = 3,
    }
}
