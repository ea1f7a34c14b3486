using System.Diagnostics;
using System.Globalization;
using Migrate.Executor.Jobs;
using Migrate.Planner;

namespace Migrate.Executor.Tests.Jobs;

public sealed class DataDirectoryLockTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-lock-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_second_executor_is_refused_and_told_who_has_the_directory()
    {
        using var first = DataDirectoryLock.Take(_directory);

        var refused = Should.Throw<MigrateException>(() => DataDirectoryLock.Take(_directory));

        refused.Code.ShouldBe("executor.directory-in-use");
        refused.Message.ShouldContain(_directory);
        refused.Message.ShouldContain(Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public void After_the_first_has_gone_the_directory_is_free()
    {
        DataDirectoryLock.Take(_directory).Dispose();

        using var second = DataDirectoryLock.Take(_directory);
    }

    /// <summary>util-linux' flock stands for another process: the lock is the kernel's, not ours.</summary>
    [Fact]
    public async Task Another_process_sees_the_lock_and_loses_it_when_killed()
    {
        using (DataDirectoryLock.Take(_directory))
        {
            (await Programs.RunAsync("flock", "-n", Path.Combine(_directory, "executor.lock"), "true")).ExitCode.ShouldBe(1);
        }

        // One process, not two: a child that inherited the lock would outlive its parent's end by a moment.
        var hold = new ProcessStartInfo("flock", ["--no-fork", Path.Combine(_directory, "executor.lock"), "sh", "-c", "echo held; exec sleep 600"]) { RedirectStandardOutput = true };
        using var holder = Programs.Start(hold);
        (await holder.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("held");
        Should.Throw<MigrateException>(() => DataDirectoryLock.Take(_directory)).Code.ShouldBe("executor.directory-in-use");

        holder.Kill(entireProcessTree: true);
        await holder.WaitForExitAsync(TestContext.Current.CancellationToken);
        using var free = DataDirectoryLock.Take(_directory);
    }
}
