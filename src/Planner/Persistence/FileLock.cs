namespace Migrate.Planner.Persistence;

/// <summary>An exclusive lock that the kernel holds for this process (flock): it cannot outlive a kill.</summary>
internal static class FileLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>The lock is held until the stream is disposed. The file itself stays: removing it would race with the next taker.</summary>
    public static async Task<FileStream> TakeAsync(string path, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        while (true)
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (UnauthorizedAccessException e)
            {
                throw new MigrateException("database.unusable", $"The database's directory cannot be written: {e.Message}",
                    "Make the directory writable for this program's user, or name another path.", e);
            }
            catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException))
            {
                if (time.GetElapsedTime(started) > timeout)
                {
                    throw new MigrateException("database.locked",
                        $"Another process has held {path} for {timeout.TotalSeconds:0} s: it is migrating the same database. ({e.Message})",
                        "Wait for the other process, or stop it, and start again.", e)
                    { IsTransient = true };
                }
            }
            await Task.Delay(Pause, time, cancellationToken);
        }
    }
}
