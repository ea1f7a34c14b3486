using System.Diagnostics;

namespace Migrate.Target.Tests.Fuzzing;

/// <summary>A short run of what <c>tests/Benchmarks -- fuzz</c> does with millions.</summary>
public sealed class SessionFuzzTests
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(5);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Every_session_of_a_hostile_host_goes_as_the_specification_says(int seed)
    {
        var directory = Directory.CreateTempSubdirectory("migrate-fuzz-").FullName;
        try
        {
            await using var target = await FuzzTarget.StartAsync(directory, Cancel);
            var fuzzer = new SessionFuzzer(target, await target.RecordAsync(Cancel), seed);
            var clock = Stopwatch.StartNew();
            for (var session = 0L; session < 2000 || clock.Elapsed < Time; session++)
            {
                fuzzer.Run(session);
            }

            fuzzer.Close();
            (await target.IsGuardedIntactAsync(Cancel)).ShouldBeTrue();
            (await target.IsUnusedAsync(TimeSpan.FromMinutes(1), Cancel)).ShouldBeTrue("no access to a namespace is left");
            target.Log.Errors.ShouldBeEmpty();
            fuzzer.Terminated.ShouldBeGreaterThan(fuzzer.Sessions / 10, "the mutations reach the rules of the transport");
            fuzzer.Judged.ShouldBeGreaterThan(fuzzer.Sessions * 3, "and what lies behind them");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
