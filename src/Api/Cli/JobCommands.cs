using System.CommandLine;
using Migrate.Api.Jobs;
using Migrate.Executor.Jobs;

namespace Migrate.Api.Cli;

internal static class JobCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun(
        "jobs",
        "the runs' steps that are at work, due or put off",
        List(cli),
        Queues(cli),
        Show(cli),
        Act(cli, "cancel", "Takes a step back, or stops it at its next checkpoint; its run is paused there."),
        Act(cli, "retry", "Goes on with what failed or was cancelled, or does at once what was put off."));

    private static Argument<string> RunArgument() => new("RUN") { Description = "id of the job's run, or name of the VM for its newest run" };

    private static Command List(CommandSet cli)
    {
        var state = new Option<JobState?>("--state") { HelpName = "STATE", Description = "only these: Running, Waiting, Scheduled, Paused or Failed" };
        var queue = new Option<JobQueue?>("--queue") { HelpName = "QUEUE", Description = "only of this queue, e.g. Copy" };
        var plan = new Option<string?>("--plan") { HelpName = "NAME", Description = "only of runs of this plan" };
        var vm = new Option<string?>("--vm") { HelpName = "TEXT", Description = "part of the VM's name" };
        var list = new ListOptions(JobViews.Orders, filter: null);
        return cli.Verb(
            "list",
            "Lists jobs, those due first.",
            list.After(state, queue, plan, vm),
            async (invocation, cancellationToken) =>
            {
                var path = "jobs" + list.Query(
                    invocation, ("state", invocation.Get(state)), ("queue", invocation.Get(queue)), ("plan", invocation.Get(plan)), ("vm", invocation.Get(vm)));
                var jobs = await invocation.Api.GetAllAsync<JobView>(path, cancellationToken).ToListAsync(cancellationToken);
                invocation.Print(jobs, output => JobText.WriteList(jobs, output));
                return ExitCode.Done;
            },
            "migrate jobs list --page 1 --page-size 20",
            "migrate jobs list --state Failed --plan move");
    }

    private static Command Queues(CommandSet cli) => cli.Verb(
        "queues",
        "Shows what each queue has to do, and how much of it its workers do at once.",
        [],
        async (invocation, cancellationToken) =>
        {
            var view = await invocation.Api.GetAsync<QueuesView>("jobs/queues", cancellationToken);
            invocation.Print(view, output => JobText.Write(view, output));
            return ExitCode.Done;
        },
        "migrate jobs queues");

    private static Command Show(CommandSet cli)
    {
        var run = RunArgument();
        return cli.Verb(
            "show",
            "Shows a job with the newest lines of its run's log.",
            [run],
            async (invocation, cancellationToken) =>
            {
                var detail = await invocation.Api.GetAsync<JobDetail>($"jobs/{await RunCommands.ResolveAsync(invocation, run, cancellationToken)}", cancellationToken);
                invocation.Print(detail, output => JobText.Write(detail, output));
                return ExitCode.Done;
            },
            "migrate jobs show web01");
    }

    private static Command Act(CommandSet cli, string verb, string description)
    {
        var run = RunArgument();
        return cli.Change(
            verb,
            description,
            [run],
            async (invocation, cancellationToken) =>
            {
                var id = await RunCommands.ResolveAsync(invocation, run, cancellationToken);
                var job = await invocation.Api.PostAsync<JobView>($"jobs/{id}/{verb}", null, cancellationToken);
                invocation.Print(job, output => JobText.WriteList([job], output));
                return ExitCode.Done;
            },
            $"migrate jobs {verb} web01");
    }
}
