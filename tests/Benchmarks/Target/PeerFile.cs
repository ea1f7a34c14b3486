namespace Migrate.Benchmarks.Target;

/// <summary>A file full of data, of the size of the namespace, for peers that take a file.</summary>
internal sealed class PeerFile : IDisposable
{
    public PeerFile(string directory, long bytes)
    {
        Path = System.IO.Path.Combine(directory, $"migrate-benchmark-{Environment.ProcessId}.raw");
        using var file = File.Create(Path);
        var data = new byte[1 << 20];
        for (long at = 0; at < bytes; at += data.Length)
        {
            Random.Shared.NextBytes(data);
            file.Write(data);
        }

        file.Flush(flushToDisk: true);
    }

    public string Path { get; }

    public void Dispose() => File.Delete(Path);
}
