using System.Numerics;
using System.Security.Cryptography;
using System.Text.Json;
using Migrate.Executor.Copy;
using Migrate.Planner;

namespace Migrate.Executor.Manifests;

/// <summary>
/// A manifest on disk: one line of JSON (<see cref="DiskManifest"/>), a bit for each extent that is zero (bit i of byte n is extent 8 n + i), then
/// 32 bytes SHA-256 for each other extent, in order. Its signature is beside it, with ".sig" behind the name.
/// </summary>
public sealed class ManifestFile : IDisposable
{
    private const int LongestLine = 64 << 10;
    private readonly FileStream _file;
    private readonly byte[] _zero;
    private readonly long _hashesAt;

    private ManifestFile(FileStream file, DiskManifest manifest, byte[] zero, long hashesAt) => (_file, Manifest, _zero, _hashesAt) = (file, manifest, zero, hashesAt);

    public DiskManifest Manifest { get; }

    public long Extents => Extent.CountFor(Manifest.CapacityBytes);

    public static string SignatureOf(string path) => path + ".sig";

    /// <summary>Writes and signs; after a crash there is the whole file or none. When it returns, neither it nor its signature is lost by a power cut.</summary>
    internal static void Write(string path, DiskManifest manifest, ExtentHashes hashes, InstallationKey key, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var next = path + ".new";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16))
        {
            file.Write(JsonSerializer.SerializeToUtf8Bytes(manifest, ManifestJson.Default.DiskManifest));
            file.WriteByte((byte)'\n');
            var zero = new byte[(hashes.Count + 7) / 8];
            for (var index = 0L; index < hashes.Count; index++)
            {
                zero[index / 8] |= hashes.IsZero(index) ? (byte)(1 << (int)(index % 8)) : (byte)0;
            }

            file.Write(zero);
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            for (var index = 0L; index < hashes.Count; index++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!hashes.IsZero(index))
                {
                    hashes.CopyHash(index, hash);
                    file.Write(hash);
                }
            }

            file.Flush(flushToDisk: true);
            file.Position = 0;
            Durable.Write(SignatureOf(path), key.Sign(file));
        }

        File.Move(next, path, overwrite: true);
        var directory = Path.GetDirectoryName(path)!;
        Durable.SyncDirectory(directory);
        Durable.SyncDirectory(Path.GetDirectoryName(directory)!); // It may be new as well.
    }

    /// <summary>Opens a manifest of which everything makes sense; whether its signature is right is another question.</summary>
    /// <exception cref="MigrateException"><c>manifest.unreadable</c>.</exception>
    public static ManifestFile Open(string path)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            var line = ReadLine(file);
            var manifest = JsonSerializer.Deserialize(line, ManifestJson.Default.DiskManifest)!;
            if (manifest is not { Format: DiskManifest.FormatName, Version: 1, ExtentBytes: Extent.Size, CapacityBytes: > 0 and <= 1L << 60 })
            {
                throw new JsonException("it is no manifest of version 1");
            }

            var extents = Extent.CountFor(manifest.CapacityBytes);
            var hashesAt = line.Length + 1 + ((extents + 7) / 8);
            if (manifest.DataExtents < 0 || manifest.DataExtents > extents || file.Length != hashesAt + (manifest.DataExtents * SHA256.HashSizeInBytes))
            {
                throw new JsonException($"it has {file.Length} bytes, and its first line asks for {hashesAt + (manifest.DataExtents * SHA256.HashSizeInBytes)}");
            }

            var zero = new byte[(extents + 7) / 8];
            file.ReadExactly(zero);
            return new ManifestFile(file, manifest, zero, hashesAt);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or OverflowException)
        {
            file?.Dispose();
            throw new MigrateException("manifest.unreadable", $"The manifest {path} cannot be read: {e.Message}", "Name the file that the run made, or fetch it again (migrate report export RUN --manifests DIR).", e);
        }
    }

    /// <summary>Whether the holder of the private key made this file, exactly as it is.</summary>
    /// <exception cref="MigrateException"><c>manifest.forged</c>; <c>manifest.unreadable</c> without a signature or with a key that is none.</exception>
    public void CheckSignature(string publicPem)
    {
        try
        {
            var signature = File.ReadAllBytes(SignatureOf(_file.Name));
            _file.Position = 0;
            if (!InstallationKey.IsSignedBy(_file, signature, publicPem, out var keyId))
            {
                throw new MigrateException(
                    "manifest.forged", $"The manifest {_file.Name} is not what was signed with the key {keyId}: it or its signature was changed, or another installation made it (key {Manifest.KeyId}).",
                    "Compare with another copy of it; use the public key of the installation that made it.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new MigrateException("manifest.unreadable", $"The signature of {_file.Name} cannot be checked: {e.Message}", "Keep the .sig file beside the manifest, and name the installation.pub of the installation that made it.", e);
        }
    }

    /// <summary>Ascending: each extent with its hash, or null where it is zero. The hash is valid until the next.</summary>
    internal IEnumerable<(long Index, byte[]? Hash)> All()
    {
        _file.Position = _hashesAt;
        for (var index = 0L; index < Extents; index++)
        {
            byte[]? hash = null;
            if (!IsZero(index))
            {
                hash = new byte[SHA256.HashSizeInBytes];
                _file.ReadExactly(hash);
            }

            yield return (index, hash);
        }
    }

    internal bool IsZero(long index) => (_zero[index / 8] & (1 << (int)(index % 8))) != 0;

    /// <summary>The hash of one extent that is not zero.</summary>
    internal byte[] HashOf(long index)
    {
        var before = index - BitOperations.PopCount((uint)(_zero[index / 8] & ((1 << (int)(index % 8)) - 1)));
        foreach (var bits in _zero.AsSpan(0, (int)(index / 8)))
        {
            before -= BitOperations.PopCount(bits);
        }

        _file.Position = _hashesAt + (before * SHA256.HashSizeInBytes);
        var hash = new byte[SHA256.HashSizeInBytes];
        _file.ReadExactly(hash);
        return hash;
    }

    public void Dispose() => _file.Dispose();

    private static byte[] ReadLine(FileStream file)
    {
        using var line = new MemoryStream();
        for (var next = file.ReadByte(); next != '\n'; next = file.ReadByte())
        {
            if (next < 0 || line.Length >= LongestLine)
            {
                throw new JsonException("its first line has no end");
            }

            line.WriteByte((byte)next);
        }

        return line.ToArray();
    }
}
