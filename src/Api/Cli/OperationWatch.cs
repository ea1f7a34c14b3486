using System.CommandLine;
using System.Net;
using Migrate.Api.Operations;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Cli;

/// <summary>Commands whose work is an operation of the server: they wait for its end, unless they are told not to.</summary>
internal static class OperationWatch
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestUnanswered = TimeSpan.FromSeconds(30);

    /// <summary>For one answer: a connection that died without a word never gives one. Twice as long after each that did not come, since its result may be large.</summary>
    private static readonly TimeSpan ShortestAnswer = TimeSpan.FromSeconds(10);

    /// <summary>Since the last answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static Option<bool> NoWaitOption() => new("--no-wait") { Description = "prints the operation's id and leaves it running; 'migrate operation wait' follows it" };

    /// <summary>What it came to; null when nobody waits, which is printed.</summary>
    public static async Task<OperationResult?> DoAsync(Invocation invocation, Option<bool> noWait, string path, object? body, CancellationToken cancellationToken) =>
        await AfterAsync(invocation, noWait, await invocation.Api.PostAsync<OperationView>(path, body, cancellationToken), cancellationToken);

    /// <summary>The same for a change of what is there.</summary>
    public static async Task<OperationResult?> PatchAsync(Invocation invocation, Option<bool> noWait, string path, object body, CancellationToken cancellationToken) =>
        await AfterAsync(invocation, noWait, await invocation.Api.PatchAsync<OperationView>(path, body, cancellationToken), cancellationToken);

    private static async Task<OperationResult?> AfterAsync(Invocation invocation, Option<bool> noWait, OperationView begun, CancellationToken cancellationToken)
    {
        if (invocation.Get(noWait))
        {
            TellBegun(invocation, begun, [begun]);
            return null;
        }

        return await ResultAsync(invocation, begun, cancellationToken);
    }

    /// <summary>Prints their ids.</summary>
    public static void TellBegun<T>(Invocation invocation, T value, IReadOnlyList<OperationView> begun)
    {
        invocation.Print(value, output =>
        {
            foreach (var one in begun)
            {
                output.WriteLine(one.Id);
            }
        });
        invocation.Say("It goes on at the server: 'migrate operation wait ID' follows it, 'migrate operation cancel ID' stops it.");
    }

    /// <summary>To who does not wait any more.</summary>
    public static void TellGoingOn(Invocation invocation, IEnumerable<OperationView> operations)
    {
        foreach (var one in operations)
        {
            invocation.SayAnyway($"It goes on at the server: 'migrate operation wait {one.Id}' follows it, 'migrate operation cancel {one.Id}' stops it.");
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <exception cref="CommandFailure">It did not succeed: as the call would have failed that does it at once.</exception>
    public static async Task<OperationResult> ResultAsync(Invocation invocation, OperationView begun, CancellationToken cancellationToken) =>
        ResultOf(await EndAsync(invocation, begun, cancellationToken));

    /// <summary>What one that is over came to.</summary>
    /// <exception cref="CommandFailure">It did not succeed: as the call would have failed that does it at once.</exception>
    public static OperationResult ResultOf(OperationView end) => end switch
    {
        { State: OperationState.Succeeded, Result: { } result } => result,
        { Problem: { } problem } => throw ApiClient.Refusal(problem.Code, problem.Title, problem.Remedy, [.. problem.Errors, .. problem.LeftBehind]),
        _ => throw new CommandFailure(ExitCode.Failed, $"The operation {end.Id} is {end.State}, and the server does not tell what came of it.", "See whether 'migrate version' and 'migrate version --of-server' are the same."),
    };

    public static async Task<OperationView> EndAsync(Invocation invocation, OperationView operation, CancellationToken cancellationToken) =>
        (await EndsAsync(invocation, [operation], cancellationToken))[0];

    /// <summary>Waits for the end of each, whatever comes of the others.</summary>
    public static async Task<IReadOnlyList<OperationView>> EndsAsync(Invocation invocation, IReadOnlyList<OperationView> operations, CancellationToken cancellationToken)
    {
        var ended = new List<OperationView>();
        try
        {
            foreach (var operation in operations)
            {
                ended.Add(await FollowAsync(invocation, operation, cancellationToken));
            }

            return ended;
        }
        catch (Exception e) when (e is CommandFailure { Status: not HttpStatusCode.NotFound } || cancellationToken.IsCancellationRequested)
        {
            TellGoingOn(invocation, operations.Skip(ended.Count));
            throw;
        }
    }

    private static async Task<OperationView> FollowAsync(Invocation invocation, OperationView operation, CancellationToken cancellationToken)
    {
        var line = new LiveLine(invocation.Terminal);
        var pause = Shortest;
        var (answeredAt, isAnswered) = (TimeProvider.System.GetTimestamp(), true);
        var answerWithin = ShortestAnswer;
        try
        {
            while (operation.IsUnderWay)
            {
                if (invocation.Terminal.ErrorIsTerminal && !invocation.IsQuiet)
                {
                    line.Show($"{OperationWords.Of(operation.Kind)}: {(operation.State == OperationState.Queued ? "queued" : operation.Progress ?? "running")}");
                }

                await Task.Delay(pause, cancellationToken);
                try
                {
                    operation = await AskAsync(invocation, operation.Id, answerWithin, cancellationToken);
                    (answeredAt, isAnswered) = (TimeProvider.System.GetTimestamp(), true);
                }
                catch (CommandFailure e) when (MayPass(e) && TimeProvider.System.GetElapsedTime(answeredAt) < Patience)
                {
                    line.Clear();
                    if (isAnswered)
                    {
                        invocation.Say("The server does not answer; trying again.");
                    }

                    isAnswered = false;
                    answerWithin = e.InnerException is OperationCanceledException ? answerWithin * 2 : answerWithin;
                }

                var longest = isAnswered ? Longest : LongestUnanswered;
                pause = pause * 2 < longest ? pause * 2 : longest;
            }

            return operation;
        }
        finally
        {
            line.Clear();
        }
    }

    private static async Task<OperationView> AskAsync(Invocation invocation, Guid id, TimeSpan within, CancellationToken cancellationToken)
    {
        using var answer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        answer.CancelAfter(within);
        try
        {
            return await invocation.Api.GetAsync<OperationView>($"operations/{id}", answer.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandFailure(
                ExitCode.CannotReachServer, $"The server took the question after the operation {id}, and gave no answer within {within.TotalSeconds:0} s.", "See its log, and the network between.", inner: e);
        }
    }

    /// <summary>A server that restarts, or what is before it.</summary>
    private static bool MayPass(CommandFailure failure) =>
        failure.ExitCode == ExitCode.CannotReachServer || failure.Status is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>The part of a result that is of the operation's kind.</summary>
    public static T Part<T>(T? part)
        where T : class => part ?? throw new CommandFailure(ExitCode.Failed, "The server told another result than that of what it was asked for.", "See whether 'migrate version' and 'migrate version --of-server' are the same.");
}
