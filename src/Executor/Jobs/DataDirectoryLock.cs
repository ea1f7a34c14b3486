using System.Globalization;
using Migrate.Planner;

namespace Migrate.Executor.Jobs;

/// <summary>
/// Keeps a second executor out of a data directory: its job store, journals and backing files belong to one process. The
/// operating system drops the lock when the process ends, however it ends.
/// </summary>
public sealed class DataDirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DataDirectoryLock(FileStream file) => _file = file;

    /// <summary>Throws <c>executor.directory-in-use</c> when another process has it.</summary>
    public static DataDirectoryLock Take(string dataDirectory)
    {
        Directory.CreateDirectory(dataDirectory);
        var path = Path.Combine(dataDirectory, "executor.lock");
        var ownerPath = Path.Combine(dataDirectory, "executor.pid"); // Beside the lock: nobody can read a locked file.
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(ownerPath, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new DataDirectoryLock(file);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            var owner = File.Exists(ownerPath) ? File.ReadAllText(ownerPath).Trim() : "unknown";
            throw new MigrateException(
                "executor.directory-in-use",
                $"The data directory {dataDirectory} is in use by another executor (process {owner}).",
                "Stop that process, or give this one a data directory of its own.",
                e);
        }
    }

    public void Dispose() => _file.Dispose();
}
