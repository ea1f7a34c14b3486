using System.Text.Json;
using Migrate.Api.Runs;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Cli;

/// <summary>Follows the event stream of a wave or a run to its end; a broken connection is taken up again where it broke.</summary>
internal static class WaveWatch
{
    private const int ReconnectAttempts = 30;
    private static readonly TimeSpan ReconnectPause = TimeSpan.FromSeconds(2);

    public static async Task<int> FollowAsync(Invocation invocation, string path, WaveView wave, CancellationToken cancellationToken)
    {
        var progress = new ProgressLines(invocation.Terminal, TimeProvider.System, invocation.IsQuiet);
        if (!await WatchAsync(invocation, path, progress, _ => false, since: null, $"migrate wave show {wave.Plan} --wave {wave.Wave} --wait", cancellationToken))
        {
            return ExitCode.Interrupted;
        }

        var end = await invocation.Api.GetAsync<WaveView>(path, cancellationToken);
        invocation.Print(end, output => RunText.WriteList(end.Runs, output));
        TellErrors(invocation, progress, [.. end.Runs.Where(r => !Succeeded(r))]);
        return ExitCodeOf(end.Runs);
    }

    /// <summary>One run, to its end.</summary>
    /// <param name="invocation">Of the command.</param>
    /// <param name="id">Of the run.</param>
    /// <param name="wanted">The phase that the command is to bring about, after which nothing is waited for; null: that the VM has moved.</param>
    /// <param name="since">The line of its log after which something is told; null: all of it.</param>
    /// <param name="cancellationToken">Stops watching.</param>
    public static async Task<int> FollowRunAsync(Invocation invocation, Guid id, RunPhase? wanted, long? since, CancellationToken cancellationToken)
    {
        var progress = new ProgressLines(invocation.Terminal, TimeProvider.System, invocation.IsQuiet);
        if (!await WatchAsync(invocation, $"runs/{id}", progress, run => run.Phase == wanted, since, $"migrate run show {id} --wait", cancellationToken))
        {
            return ExitCode.Interrupted;
        }

        var end = await invocation.Api.GetAsync<RunDetail>($"runs/{id}", cancellationToken);
        invocation.Print(end, output => RunText.WriteList([end.Run], output));
        var done = wanted is null ? Succeeded(end.Run) : end.Run.Phase == wanted;
        TellErrors(invocation, progress, done ? [] : [end.Run]);
        return done ? ExitCode.Done : ExitCode.Failed;
    }

    public static int ExitCodeOf(IReadOnlyList<RunView> runs)
    {
        var succeeded = runs.Count(Succeeded);
        return succeeded == runs.Count ? ExitCode.Done : succeeded == 0 ? ExitCode.Failed : ExitCode.PartlyDone;
    }

    /// <summary>A VM that moved is done even when its latency could not be judged; one whose proof failed is not.</summary>
    private static bool Succeeded(RunView run) => run.Phase == RunPhase.Completed && run.Outcome != "Fail";

    /// <summary>The newest line of a run's log: what was told before somebody watches need not be told again.</summary>
    public static async Task<long?> NewestLineAsync(Invocation invocation, Guid id, CancellationToken cancellationToken) =>
        (await invocation.Api.GetAsync<RunDetail>($"runs/{id}", cancellationToken)).Events is [.., var newest] ? newest.Id : null;

    private static void TellErrors(Invocation invocation, ProgressLines progress, IReadOnlyList<RunView> failed)
    {
        foreach (var run in failed.Where(r => r.Error is not null))
        {
            // The message was told when it came; it may be long, holding all that QEMU said.
            invocation.SayAnyway(Table.Clean(progress.HasTold(run.Id) ? $"{run.Vm}: {run.ErrorCode}" : $"{run.Vm}: {run.Error} ({run.ErrorCode})"));
            invocation.SayAnyway("  remedy: " + Table.Clean(run.Remedy ?? ""));
        }
    }

    /// <summary>False when somebody stopped watching.</summary>
    private static async Task<bool> WatchAsync(Invocation invocation, string path, ProgressLines progress, Func<RunView, bool> isEnough, long? since, string again, CancellationToken cancellationToken)
    {
        try
        {
            await StreamAsync(invocation, path, progress, isEnough, since, cancellationToken);
            progress.Finish();
            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            progress.Finish();
            invocation.SayAnyway($"Stopped watching; the migration goes on. Watch again: {again}");
            return false;
        }
    }

    private static async Task StreamAsync(Invocation invocation, string path, ProgressLines progress, Func<RunView, bool> isEnough, long? since, CancellationToken cancellationToken)
    {
        var lastEventId = since?.ToString(System.Globalization.CultureInfo.InvariantCulture);
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
                    if (update?.Run is { } run && isEnough(run))
                    {
                        return;
                    }
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
