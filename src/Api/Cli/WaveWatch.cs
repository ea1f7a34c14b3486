using System.Text.Json;
using Migrate.Api.Runs;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Cli;

/// <summary>Follows a wave's event stream to its end; a broken connection is taken up again where it broke.</summary>
internal static class WaveWatch
{
    private const int ReconnectAttempts = 30;
    private static readonly TimeSpan ReconnectPause = TimeSpan.FromSeconds(2);

    public static async Task<int> FollowAsync(Invocation invocation, string path, WaveView wave, CancellationToken cancellationToken)
    {
        var progress = new ProgressLines(invocation.Terminal, TimeProvider.System);
        try
        {
            await StreamAsync(invocation, path, progress, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            progress.Finish();
            invocation.Say($"Stopped watching; the migration goes on. Watch again: migrate wave show {wave.Plan} --wave {wave.Wave} --wait");
            return ExitCode.Interrupted;
        }

        progress.Finish();
        var end = await invocation.Api.GetAsync<WaveView>(path, cancellationToken);
        invocation.Print(end, output => RunText.WriteList(end.Runs, output));
        foreach (var run in end.Runs.Where(r => r.Error is not null && !Succeeded(r)))
        {
            // The message was told when it came; it may be long, holding all that QEMU said.
            invocation.Say(Table.Clean(progress.HasTold(run.Id) ? $"{run.Vm}: {run.ErrorCode}" : $"{run.Vm}: {run.Error} ({run.ErrorCode})"));
            invocation.Say("  remedy: " + Table.Clean(run.Remedy ?? ""));
        }

        return ExitCodeOf(end.Runs);
    }

    public static int ExitCodeOf(IReadOnlyList<RunView> runs)
    {
        var succeeded = runs.Count(Succeeded);
        return succeeded == runs.Count ? ExitCode.Done : succeeded == 0 ? ExitCode.Failed : ExitCode.PartlyDone;
    }

    /// <summary>A VM that moved is done even when its latency could not be judged; one whose proof failed is not.</summary>
    private static bool Succeeded(RunView run) => run.Phase == RunPhase.Completed && run.Outcome != "Fail";

    private static async Task StreamAsync(Invocation invocation, string path, ProgressLines progress, CancellationToken cancellationToken)
    {
        string? lastEventId = null;
        var attempt = 0; // Failed ones since the last word from the server.
        while (true)
        {
            try
            {
                await foreach (var item in invocation.Api.StreamAsync(path + "/events", lastEventId, cancellationToken))
                {
                    attempt = 0;
                    lastEventId = item.EventId ?? lastEventId;
                    if (item.EventType == "end")
                    {
                        return;
                    }

                    var update = JsonSerializer.Deserialize<RunUpdate>(item.Data, Json.Options);
                    progress.Show(update);
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // The server went away in the middle; what follows is the same as when it closed the stream.
            }
            catch (CommandFailure e) when (e.ExitCode == ExitCode.CannotReachServer)
            {
                // It answered the call before this one, so it restarts: the runs go on when it is back.
            }

            if (++attempt == 1)
            {
                progress.Finish();
                invocation.Say("The connection to the server broke; trying again.");
            }
            else if (attempt > ReconnectAttempts)
            {
                throw new CommandFailure(ExitCode.CannotReachServer, "The server does not answer any more.", "See its log; the runs go on when it runs again.");
            }

            await Task.Delay(ReconnectPause, cancellationToken);
        }
    }
}
