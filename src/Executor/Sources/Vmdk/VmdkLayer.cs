using Migrate.Planner;

namespace Migrate.Executor.Sources.Vmdk;

/// <summary>One descriptor with its extents, laid end to end; a disk is a chain of these.</summary>
internal sealed class VmdkLayer : IDisposable
{
    private readonly IVmdkExtent[] _extents;
    private readonly long[] _starts;

    private VmdkLayer(string path, VmdkDescriptor descriptor, IVmdkExtent[] extents, IReadOnlyList<string> extentFiles)
    {
        (Path, Descriptor, _extents, _starts, Files) = (path, descriptor, extents, new long[extents.Length], [path, .. extentFiles]);
        foreach (var (index, extent) in extents.Index())
        {
            _starts[index] = Length;
            Length += extent.Length;
        }
    }

    public string Path { get; }

    public VmdkDescriptor Descriptor { get; }

    /// <summary>The descriptor's and the extents' paths.</summary>
    public IReadOnlyList<string> Files { get; }

    public long Length { get; }

    /// <summary>Opens the descriptor, or the sparse file that holds its own, and all extents. Parents are the caller's matter.</summary>
    public static VmdkLayer Open(string path, long offset, long? length, VmdkPaths paths)
    {
        var file = FileWindow.Open(path, offset, length, FileKinds.Regular);
        try
        {
            var magic = new byte[4];
            file.Read(0, magic.AsSpan(0, (int)Math.Min(4, file.Length)));
            if (BitConverter.ToUInt32(magic) == HostedSparseExtent.Magic)
            {
                return OfOneFile(file);
            }
            var descriptor = ReadText(file);
            file.Dispose();
            var (extents, files) = OpenExtents(path, descriptor, paths);
            return new VmdkLayer(path, descriptor, extents, files);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public VmdkPlace Look(long offset, long length)
    {
        var index = IndexOf(offset);
        var within = offset - _starts[index];
        return _extents[index].Look(within, Math.Min(length, _extents[index].Length - within));
    }

    /// <summary>Reads a run that <see cref="Look"/> found, which never crosses an extent's end.</summary>
    public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var index = IndexOf(offset);
        return _extents[index].ReadAsync(offset - _starts[index], buffer, cancellationToken);
    }

    public void Dispose()
    {
        foreach (var extent in _extents)
        {
            extent.Dispose();
        }
    }

    private int IndexOf(long offset)
    {
        var found = Array.BinarySearch(_starts, offset);
        return found >= 0 ? found : ~found - 1;
    }

    private static VmdkLayer OfOneFile(FileWindow file)
    {
        var descriptor = HostedSparseExtent.EmbeddedDescriptor(file)
            ?? throw VmdkFileFault.Unsupported(file.Path, "it is an extent of a larger disk and has no descriptor of its own", "Name the disk's descriptor, the small file without a number.");
        var extent = HostedSparseExtent.Open(file);
        // Writers round either figure up to a grain, but never below the other's last byte by more than one.
        if (descriptor.Extents.Count != 1 || Math.Abs(descriptor.CapacityBytes - extent.Length) >= 1 << 20)
        {
            extent.Dispose();
            throw VmdkFileFault.Corrupt(file.Path, $"its descriptor says {descriptor.CapacityBytes} bytes in {descriptor.Extents.Count} extents, its header {extent.Length}");
        }
        return new VmdkLayer(file.Path, descriptor, [extent], []);
    }

    private static VmdkDescriptor ReadText(FileWindow file)
    {
        if (file.Length > VmdkDescriptor.Longest)
        {
            throw VmdkFileFault.Unsupported(file.Path, "it is neither a descriptor nor a sparse file that holds one", "Name the disk's descriptor; read a -flat file as a raw image.");
        }
        var bytes = new byte[file.Length];
        file.Read(0, bytes);
        return bytes.AsSpan().IndexOf("createType"u8) < 0 && bytes.AsSpan().IndexOf("CID"u8) < 0
            ? throw VmdkFileFault.Unsupported(file.Path, "it is no VMDK", "Name the disk's descriptor; read a raw image as such.")
            : VmdkDescriptor.Parse(bytes, file.Path);
    }

    private static (IVmdkExtent[] Extents, IReadOnlyList<string> Files) OpenExtents(string path, VmdkDescriptor descriptor, VmdkPaths paths)
    {
        var extents = new List<IVmdkExtent>();
        var files = new List<string>();
        try
        {
            foreach (var line in descriptor.Extents)
            {
                extents.Add(OpenExtent(path, line, paths, files));
            }
            return ([.. extents], files);
        }
        catch
        {
            extents.ForEach(e => e.Dispose());
            throw;
        }
    }

    private static IVmdkExtent OpenExtent(string path, VmdkExtentLine line, VmdkPaths paths, List<string> files)
    {
        if (line.Access == "NOACCESS")
        {
            throw VmdkFileFault.Unsupported(path, "one of its extents is marked as not accessible", "Export the disk from vSphere instead.");
        }
        if (line.Type == "ZERO")
        {
            return new ZeroExtent(line.Bytes);
        }
        if (line.Type is not ("FLAT" or "VMFS" or "SPARSE" or "VMFSSPARSE" or "SESPARSE"))
        {
            throw VmdkFileFault.Unsupported(path, $"an extent of type {line.Type}", "A device mapping has no bytes of its own: read the LUN, or export the VM from vSphere.");
        }
        var name = paths.Resolve(line.File ?? throw VmdkFileFault.Corrupt(path, "an extent without a file"), path);
        files.Add(name);
        FileWindow file;
        try
        {
            file = line.Type is "FLAT" or "VMFS" ? FileWindow.Open(name, line.Start, line.Bytes, FileKinds.Regular) : FileWindow.Open(name, kinds: FileKinds.Regular);
        }
        catch (MigrateException e) when (e.Code == "source.disk-truncated")
        {
            throw VmdkFileFault.Truncated(name, $"{path} wants {line.Bytes} bytes of it from byte {line.Start} on");
        }
        catch (MigrateException e) when (e.Code == "source.disk-unreadable")
        {
            throw VmdkFileFault.Missing(name, path, e);
        }
        IVmdkExtent extent = line.Type switch
        {
            "SPARSE" => HostedSparseExtent.Open(file),
            "VMFSSPARSE" => CowdExtent.Open(file),
            "SESPARSE" => SeSparseExtent.Open(file),
            _ => new FlatExtent(file),
        };
        return extent.Length == line.Bytes ? extent : new CutExtent(extent, line.Bytes, path);
    }

    /// <summary>The descriptor's figure counts; a file may have room for more (a rounded capacity), never for less.</summary>
    private sealed class CutExtent : IVmdkExtent
    {
        private readonly IVmdkExtent _inner;

        public CutExtent(IVmdkExtent inner, long length, string path)
        {
            (_inner, Length) = (inner, length);
            if (inner.Length < length)
            {
                inner.Dispose();
                throw VmdkFileFault.Corrupt(path, $"it gives an extent {length} bytes whose own header says {inner.Length}");
            }
        }

        public long Length { get; }

        public VmdkPlace Look(long offset, long length) => _inner.Look(offset, length);

        public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) => _inner.ReadAsync(offset, buffer, cancellationToken);

        public void Dispose() => _inner.Dispose();
    }
}
