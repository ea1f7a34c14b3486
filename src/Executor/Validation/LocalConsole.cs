using Migrate.Planner;

namespace Migrate.Executor.Validation;

/// <summary>A console's log on this machine.</summary>
public sealed class LocalConsole(string path) : IConsoleFile
{
    private readonly byte[] _bytes = new byte[64 << 10];

    public TimeSpan Interval { get; } = TimeSpan.FromMilliseconds(500);

    public async Task<ConsolePart?> ReadAsync(long from, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = from = file.Length < from ? 0 : from;
            return new ConsolePart(from, _bytes.AsMemory(0, await file.ReadAsync(_bytes, cancellationToken)));
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new MigrateException(
                "console.denied",
                $"The console log {path} cannot be read: {denied.Message}",
                "virtlogd writes it as root; run the executor as root, or give its user read access to the log's directory by a default ACL.",
                denied);
        }
    }
}
