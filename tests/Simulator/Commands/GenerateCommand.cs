using System.CommandLine;
using Migrate.Simulator.Estates;

namespace Migrate.Simulator.Commands;

internal static class GenerateCommand
{
    public static Command Create()
    {
        var vms = new Option<int>("--vms") { Description = "How many VMs.", DefaultValueFactory = _ => 100 };
        var hosts = new Option<int>("--hosts") { Description = "How many hosts.", DefaultValueFactory = _ => 8 };
        var seed = new Option<int>("--seed") { Description = "The same seed gives the same estate.", DefaultValueFactory = _ => 1 };
        var output = new Option<string>("--out") { Description = "File to write.", Required = true };
        var command = new Command("generate", "Writes an estate of any size.") { vms, hosts, seed, output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var estate = EstateGenerator.Generate(parsed.GetValue(vms), parsed.GetValue(hosts), parsed.GetValue(seed));
            await EstateFile.SaveAsync(estate, parsed.GetRequiredValue(output), cancellationToken);
            await Console.Error.WriteLineAsync($"{parsed.GetValue(output)}: {estate.Vms.Count} VMs on {estate.Hosts.Count} hosts, {estate.Datastores.Count} datastores.");
            return 0;
        });
        return command;
    }
}
