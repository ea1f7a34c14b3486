using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Migrate.Executor;
using Migrate.Executor.Jobs;
using Migrate.Planner.Persistence;
#if HANGFIRE
using Migrate.Executor.Jobs.Hangfire;
#else
using Migrate.Executor.Jobs.Quartz;
#endif

// A process with a job engine and nothing else, so that tests can kill it: JobHost DIRECTORY LEASE-SECONDS [CONNECTION].
// It is told on standard input 'ask RUN QUEUE SECONDS' and says on standard output which steps have begun. They end only with the process.
var options = new ExecutorOptions
{
    DataDirectory = args[0],
    LeaseDuration = TimeSpan.FromSeconds(int.Parse(args[1], CultureInfo.InvariantCulture)),
    JobStore = args.Length > 2 ? DatabaseOptions.Postgres(args[2]) : null,
    MaxCopies = 1,
    ControlWorkers = 1,
    InventoryWorkers = 1,
};
var builder = Host.CreateEmptyApplicationBuilder(null);
builder.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton<IRunStepper, EndlessSteps>();
builder.Services.AddJobEngine(options);
using var host = builder.Build();
await host.StartAsync();
var jobs = host.Services.GetRequiredService<IJobEngine>();
Console.WriteLine("started");
_ = Task.Run(async () =>
{
    while (await Console.In.ReadLineAsync() is { } line)
    {
        var words = line.Split(' ');
        await jobs.ScheduleAsync(
            Guid.Parse(words[1], CultureInfo.InvariantCulture), Enum.Parse<JobQueue>(words[2]),
            TimeProvider.System.GetUtcNow().AddSeconds(int.Parse(words[3], CultureInfo.InvariantCulture)), CancellationToken.None);
        Console.WriteLine($"asked {words[1]}");
    }
});
await host.WaitForShutdownAsync(); // SIGTERM
Console.WriteLine("ended");

internal sealed class EndlessSteps : IRunStepper
{
    public async Task StepAsync(Guid runId, CancellationToken cancellationToken)
    {
        Console.WriteLine($"began {runId}");
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }
}
