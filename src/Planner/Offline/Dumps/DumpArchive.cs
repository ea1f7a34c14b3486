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
            foreach (var member in Members(stream))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!member.Name.EndsWith(".xml", StringComparison.OrdinalIgnoreCase))
                {
                    continue;
                }

                if (_count == limits.Files || _unpacked > limits.UnpackedBytes)
                {
                    problems.Add(archive, $"unpacks to more than {limits.UnpackedBytes} bytes or {limits.Files} files; the rest was not read");
                    break;
                }

                if (Write(member) is { } path)
                {
                    files.Add((member.Name, path));
                }
            }
        }
        catch (Exception e) when (IsDamage(e))
        {
            problems.Add(archive, $"the archive is damaged or breaks off: {e.Message}");
        }

        return files;
    }

    private static IEnumerable<Member> Members(Stream stream) => Kind(stream) switch
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

    private static IEnumerable<Member> Zip(Stream stream)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Read);
        foreach (var entry in zip.Entries)
        {
            yield return new Member(entry.FullName, entry.Length, entry.LastWriteTime, entry.Open, Stands: true);
        }
    }

    private static IEnumerable<Member> Tar(Stream stream)
    {
        using var tar = new TarReader(new BoundedReads(stream));
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry is { EntryType: TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile, DataStream: { } content })
            {
                yield return new Member(entry.Name, entry.Length, entry.ModificationTime, () => content, Stands: false);
            }
        }
    }

    private string? Write(Member member)
    {
        if (member.Length > limits.FileBytes)
        {
            problems.Add(member.Name, $"the file has {member.Length} bytes; more than {limits.FileBytes} are not read");
            return null;
        }

        var path = Path.Combine(folder, $"{_count++}.xml");
        try
        {
            using var content = member.Open();
            using (var file = File.Create(path))
            {
                if (Copy(content, file))
                {
                    file.Dispose();
                    Date(path, member.Written);
                    return path;
                }
            }

            problems.Add(member.Name, "unpacks to more than is read of one file, or of all");
        }
        catch (Exception e) when (member.Stands && IsDamage(e))
        {
            problems.Add(member.Name, $"cannot be unpacked: {e.Message}");
        }

        File.Delete(path);
        return null;
    }

    /// <summary>What is announced may be a lie, so what comes is counted. False when it is too much.</summary>
    private bool Copy(Stream content, FileStream file)
    {
        var buffer = new byte[64 << 10];
        var written = 0L;
        for (int read; (read = content.Read(buffer)) > 0;)
        {
            written += read;
            _unpacked += read;
            if (written > limits.FileBytes || _unpacked > limits.UnpackedBytes)
            {
                return false;
            }

            file.Write(buffer, 0, read);
        }

        return true;
    }

    /// <summary>When a dump was made is the time of its files, where no clock of the server is in it.</summary>
    private static void Date(string path, DateTimeOffset written)
    {
        if (written.Year is > 1980 and < 2100)
        {
            File.SetLastWriteTimeUtc(path, written.UtcDateTime);
        }
    }

    private static bool IsDamage(Exception e) =>
        e is InvalidDataException or IOException or UnauthorizedAccessException or FormatException or ArgumentException or NotSupportedException or OverflowException;

    /// <param name="Stands">Whether it can be lost without those that follow: a tar is one stream, a zip has a directory.</param>
    private sealed record Member(string Name, long Length, DateTimeOffset Written, Func<Stream> Open, bool Stands);
}
