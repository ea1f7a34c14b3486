namespace Migrate.Benchmarks.Target;

internal static class TargetBenchmark
{
    public static Task RunAsync(string[] args) => throw new NotImplementedException();
}
