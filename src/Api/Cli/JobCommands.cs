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
        Show(cli),
        Act(cli, "cancel", "Takes a step back, or stops it at its next checkpoint; its run is paused there."),
        Act(cli, "retry", "Goes on with what failed or was cancelled, or does at once what was put off."));

    private static Argument<string> RunArgument() => new("RUN") { Description = "id of the job's run, or name of the VM for its newest run" };

    private static Command List(CommandSet cli)
    {
        var state = new Option<JobState?>("--state") { HelpName = "STATE", Description = "only these: Running, Waiting, Scheduled, Paused or Failed" };
        var queue = new Option<JobQueue?>("--queue") { HelpName = "QUEUE", Description = "only of this queue, e.g. Copy" };
        var plan = new Option<string?>("--plan") { HelpName = "NAME", Description = "only of runs of this plan" };
        var page = new Option<int>("--page") { HelpName = "N", Description = "which page, from 1", DefaultValueFactory = _ => 1 };
        var pageSize = new Option<int>("--page-size") { HelpName = "N", Description = $"jobs per page, at most {Paging.Largest}", DefaultValueFactory = _ => 100 };
        return cli.Verb(
            "list",
            "Lists jobs page by page, those due first.",
            [state, queue, plan, page, pageSize],
            async (invocation, cancellationToken) =>
            {
                var jobs = await invocation.Api.GetAsync<Page<JobView>>(
                    "jobs" + Query.Of(
                        ("state", invocation.Get(state)), ("queue", invocation.Get(queue)), ("plan", invocation.Get(plan)),
                        ("page", invocation.Get(page)), ("pageSize", invocation.Get(pageSize))),
                    cancellationToken);
                invocation.Print(jobs.Items, output => JobText.WriteList(jobs.Items, output));
                if ((long)jobs.Number * jobs.PageSize < jobs.Total)
                {
                    invocation.Say($"Page {jobs.Number} of {(jobs.Total + jobs.PageSize - 1) / jobs.PageSize}, {jobs.Total} jobs in all; the next: --page {jobs.Number + 1}");
                }

                return ExitCode.Done;
            },
            "migrate jobs list",
            "migrate jobs list --state Failed --plan move");
    }

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
        return cli.Verb(
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
