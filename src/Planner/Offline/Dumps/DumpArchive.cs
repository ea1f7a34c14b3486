using System.Formats.Tar;
using System.IO.Compression;

namespace Migrate.Planner.Offline.Dumps;

/// <summary>
/// Unpacks the XML files of a zip, tar or tar.gz into a folder of our own, under names of our own: a member's path never decides where
/// it is written. Both the members and their sum are bounded, whatever the archive says of itself.
/// </summary>
internal sealed class DumpArchive(string archive, string folder, OfflineLimits limits, Problems problems)
{
    private long _unpacked;
    private int _count;

    /// <summary>Member's name and where it now is. An archive that breaks off gives what came before.</summary>
    public IReadOnlyList<(string Name, string Path)> Unpack(CancellationToken cancellationToken)
    {
        var files = new List<(string, string)>();
        try
        {
            using var stream = File.OpenRead(archive);
            foreach (var (name, length, content) in Members(stream))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!name.EndsWith(".xml", StringComparison.OrdinalIgnoreCase))
                {
                    continue;
                }

                if (_count == limits.Files || _unpacked > limits.UnpackedBytes)
                {
                    problems.Add(archive, $"unpacks to more than {limits.UnpackedBytes} bytes or {limits.Files} files; the rest was not read");
                    break;
                }

                if (content is not null && Write(name, length, content) is { } path)
                {
                    files.Add((name, path));
                }
            }
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or FormatException or ArgumentException or NotSupportedException)
        {
            problems.Add(archive, $"the archive is damaged or breaks off: {e.Message}");
        }

        return files;
    }

    private static IEnumerable<(string Name, long Length, Stream? Content)> Members(Stream stream) => Kind(stream) switch
    {
        "zip" => Zip(stream),
        "gzip" => Tar(new GZipStream(stream, CompressionMode.Decompress)),
        _ => Tar(stream),
    };

    private static string Kind(Stream stream)
    {
        Span<byte> start = stackalloc byte[2];
        stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        return start switch { [0x50, 0x4B] => "zip", [0x1F, 0x8B] => "gzip", _ => "tar" };
    }

    private static IEnumerable<(string, long, Stream?)> Zip(Stream stream)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Read);
        foreach (var entry in zip.Entries)
        {
            using var content = entry.Open();
            yield return (entry.FullName, entry.Length, content);
        }
    }

    private static IEnumerable<(string, long, Stream?)> Tar(Stream stream)
    {
        using var tar = new TarReader(stream);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile)
            {
                yield return (entry.Name, entry.Length, entry.DataStream);
            }
        }
    }

    private string? Write(string name, long length, Stream content)
    {
        if (length > limits.FileBytes)
        {
            problems.Add(name, $"the file has {length} bytes; more than {limits.FileBytes} are not read");
            return null;
        }

        var path = Path.Combine(folder, $"{_count++}.xml");
        using var file = File.Create(path);
        // What is announced may be a lie, so what comes is counted.
        var buffer = new byte[64 << 10];
        var written = 0L;
        for (int read; (read = content.Read(buffer)) > 0;)
        {
            written += read;
            _unpacked += read;
            if (written > limits.FileBytes || _unpacked > limits.UnpackedBytes)
            {
                problems.Add(name, "unpacks to more than is read of one file, or of all");
                file.Dispose();
                File.Delete(path);
                return null;
            }

            file.Write(buffer, 0, read);
        }

        return path;
    }
}
