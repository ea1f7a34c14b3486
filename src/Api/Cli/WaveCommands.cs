using System.CommandLine;
using Migrate.Api.Runs;

namespace Migrate.Api.Cli;

internal static class WaveCommands
{
    public static Command Build(CommandSet cli) => CommandSet.Noun("wave", "VMs that move in one window", [.. WavePlanCommands.Build(cli), Start(cli), Show(cli)]);

    private static Argument<string> PlanArgument() => new("PLAN") { Description = "name of the plan" };

    private static Option<int> NumberOption() => new("--wave") { Description = "number of the wave", HelpName = "N", DefaultValueFactory = _ => 1 };

    private static Command Start(CommandSet cli)
    {
        var plan = PlanArgument();
        var number = NumberOption();
        var wait = new Option<bool>("--wait") { Description = "follow the wave to its end; Ctrl-C stops watching, not the migration" };
        return cli.Change(
            "start",
            "Starts the runs of a wave, all or none.",
            [plan, number, wait],
            async (invocation, cancellationToken) =>
            {
                var path = PathOf(invocation.Get(plan), invocation.Get(number));
                var wave = await invocation.Api.PostAsync<WaveView>(path + "/start", null, cancellationToken);
                invocation.Say($"Started {Text.Count(wave.Runs.Count, "run")} of wave {wave.Wave} of {wave.Plan}.");
                if (invocation.Get(wait))
                {
                    return await WaveWatch.FollowAsync(invocation, path, wave, cancellationToken);
                }

                invocation.Print(wave, output => RunText.WriteList(wave.Runs, output));
                return ExitCode.Done;
            },
            "migrate wave start first --wave 1 --wait");
    }

    private static Command Show(CommandSet cli)
    {
        var plan = PlanArgument();
        var number = NumberOption();
        var wait = new Option<bool>("--wait") { Description = "follow the wave to its end" };
        return cli.Verb(
            "show",
            "Shows the newest run of each VM of a wave.",
            [plan, number, wait],
            async (invocation, cancellationToken) =>
            {
                var path = PathOf(invocation.Get(plan), invocation.Get(number));
                var wave = await invocation.Api.GetAsync<WaveView>(path, cancellationToken);
                if (invocation.Get(wait))
                {
                    return await WaveWatch.FollowAsync(invocation, path, wave, cancellationToken);
                }

                invocation.Print(wave, output => RunText.WriteList(wave.Runs, output));
                return ExitCode.Done;
            },
            "migrate wave show first",
            "migrate wave show first --wait");
    }

    private static string PathOf(string plan, int number) => $"plans/{Uri.EscapeDataString(plan)}/waves/{number}";
}
