namespace Migrate.Executor.Sources.Vmdk;

internal enum VmdkPlaceKind
{
    /// <summary>Not stored here: the parent has it, or it is zero where there is none.</summary>
    Absent,
    Zero,
    Data,
}

/// <summary>What is stored for a run of bytes.</summary>
internal readonly record struct VmdkPlace(VmdkPlaceKind Kind, long Length);

/// <summary>A part of a VMDK, stored in one file or nowhere.</summary>
internal interface IVmdkExtent : IDisposable
{
    long Length { get; }

    /// <summary>The run that begins at <paramref name="offset"/>: at least one byte, at most <paramref name="length"/>. Asking must stay within the extent.</summary>
    VmdkPlace Look(long offset, long length);

    /// <summary>Reads bytes of which <see cref="Look"/> says that they are data.</summary>
    ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken);
}

/// <summary>An extent of zeroes without a file.</summary>
internal sealed class ZeroExtent(long length) : IVmdkExtent
{
    public long Length => length;

    public VmdkPlace Look(long offset, long length) => new(VmdkPlaceKind.Zero, length);

    public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => throw new InvalidOperationException("no data here");

    public void Dispose()
    {
    }
}

/// <summary>An extent whose file holds its bytes as they are.</summary>
internal sealed class FlatExtent(FileWindow file) : IVmdkExtent
{
    public long Length => file.Length;

    public VmdkPlace Look(long offset, long length)
    {
        var (data, end) = file.NextData(offset);
        return data > offset ? new(VmdkPlaceKind.Zero, Math.Min(data - offset, length)) : new(VmdkPlaceKind.Data, Math.Min(end - offset, length));
    }

    public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => file.ReadAsync(offset, buffer, cancellationToken);

    public void Dispose() => file.Dispose();
}
