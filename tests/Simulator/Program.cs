using System.CommandLine;
using Migrate.Simulator.Commands;

var root = new RootCommand("A simulated vCenter to rehearse migrations with: nothing here touches a real one.")
{
    ServeCommand.Create(),
    GenerateCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
