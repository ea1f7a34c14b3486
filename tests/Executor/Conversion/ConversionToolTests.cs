using System.Diagnostics;
using Migrate.Executor.Conversion;
using Migrate.Planner;

namespace Migrate.Executor.Tests.Conversion;

public sealed class ConversionToolTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);
    private readonly string _directory = Directory.CreateTempSubdirectory("migrate-tool-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Log => Path.Combine(_directory, "log");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task What_it_says_is_kept_and_cut()
    {
        var result = await Tool().RunAsync("t", ["sh", "-c", "cat; echo wrong >&2; exit 3"], Long, "one\ntwo\n", Cancel);
        (result.ExitCode, result.Output).ShouldBe((3, "one\ntwo\n"));
        result.LastWords.ShouldContain("wrong");
        (await File.ReadAllTextAsync(Log, Cancel)).ShouldContain("exit status 3");

        var much = await Tool().RunAsync("t", ["sh", "-c", "yes 0123456789012345678901234567890123456789 2> /dev/null | head -n 1000000; echo last"], Long, null, Cancel);
        much.ExitCode.ShouldBe(0);
        much.Output.Length.ShouldBeLessThanOrEqualTo(ConversionTool.MostOutput);
        much.LastWords.ShouldEndWith("last");
        new FileInfo(Log).Length.ShouldBeLessThan(ConversionTool.MostLog + 1000);
        (await File.ReadAllTextAsync(Log, Cancel)).ShouldContain("the log is full");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancelled_or_too_late_it_ends_with_all_that_it_started(bool cancel)
    {
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var run = Tool().RunAsync("t", Restless, cancel ? Long : TimeSpan.FromSeconds(5), null, cancelled.Token);
        var child = await ChildAsync();
        if (cancel)
        {
            await cancelled.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => run);
        }
        else
        {
            (await Should.ThrowAsync<MigrateException>(() => run)).Code.ShouldBe("conversion.timeout");
        }

        IsAlive(child).ShouldBeFalse();
    }

    [Fact]
    public async Task Whoever_takes_over_ends_what_a_killed_worker_left_and_nothing_else()
    {
        var command = ProcessGroup.Leading(_directory, "left", Restless);
        using var left = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)))!;
        using var other = Process.Start("sleep", "1000");
        try
        {
            var child = await ChildAsync();
            await File.WriteAllTextAsync(Path.Combine(_directory, "reused.pid"), $"{other.Id} 1\n", Cancel); // A number that was given out again.
            (await ProcessGroup.EndAllAsync(_directory, TimeProvider.System, Cancel)).ShouldBe(1);
            IsAlive(child).ShouldBeFalse();
            other.HasExited.ShouldBeFalse();
            (await ProcessGroup.EndAllAsync(_directory, TimeProvider.System, Cancel)).ShouldBe(0);
        }
        finally
        {
            other.Kill();
        }
    }

    /// <summary>Ignores what asks it to end, and so does its child, whose number it writes down.</summary>
    private string[] Restless => ["sh", "-c", "trap '' TERM INT HUP; sleep 1000 & echo $! > \"$0\".new; mv \"$0\".new \"$0\"; wait", Path.Combine(_directory, "child")];

    private async Task<int> ChildAsync()
    {
        var path = Path.Combine(_directory, "child");
        while (!File.Exists(path))
        {
            await Task.Delay(20, Cancel);
        }

        return int.Parse(await File.ReadAllTextAsync(path, Cancel), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static bool IsAlive(int id) => File.Exists($"/proc/{id}/stat") && File.ReadAllText($"/proc/{id}/stat") is var stat && stat[stat.LastIndexOf(')') + 2] != 'Z';

    private ConversionTool Tool() => new(_directory, Log, new ConversionOptions(), withoutKvm: true, TimeProvider.System);
}
