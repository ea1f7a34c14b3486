using System.Reflection;
using Microsoft.Extensions.Logging;
using Migrate.Api.Hosting;
using Migrate.Executor;
using Migrate.Planner;
using Migrate.Target.Admin;

namespace Migrate.Api.Tests.Hosting;

/// <summary>Whoever watches the log filters by event ids (docs/architecture.md): each stands for one message, in its project's hundreds.</summary>
public sealed class LogEventTests
{
    [Theory]
    [InlineData(typeof(NvmeTarget), 100, 399)]
    [InlineData(typeof(MigrateException), 400, 499)]
    [InlineData(typeof(ExecutorOptions), 500, 599)]
    [InlineData(typeof(MigrateServer), 600, 699)]
    public void Every_message_has_an_event_id_of_its_own(Type ofProject, int first, int last)
    {
        var ids = ofProject.Assembly.GetTypes()
            .SelectMany(t => t.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Select(m => m.GetCustomAttribute<LoggerMessageAttribute>()?.EventId)
            .OfType<int>()
            .ToList();

        ids.ShouldNotBeEmpty();
        ids.ShouldBeUnique();
        ids.ShouldAllBe(id => id >= first && id <= last);
    }
}
