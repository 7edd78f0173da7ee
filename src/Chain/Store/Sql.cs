using Microsoft.Data.Sqlite;

namespace VideoMesh.Chain.Store;

/// <summary>Shorthands for statements with numbered parameters, <c>$1</c> being the first.</summary>
internal static class Sql
{
    internal static int Execute(this SqliteConnection connection, string sql, params ReadOnlySpan<object> parameters)
    {
        using var command = connection.Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    /// <returns>The first column of the first row; null when there is none.</returns>
    internal static object? Scalar(this SqliteConnection connection, string sql, params ReadOnlySpan<object> parameters)
    {
        using var command = connection.Command(sql, parameters);
        return command.ExecuteScalar();
    }

    internal static List<T> Rows<T>(this SqliteConnection connection, Func<SqliteDataReader, T> map, string sql, params ReadOnlySpan<object> parameters)
    {
        using var command = connection.Command(sql, parameters);
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(map(reader));
        }

        return rows;
    }

    private static SqliteCommand Command(this SqliteConnection connection, string sql, ReadOnlySpan<object> parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < parameters.Length; i++)
        {
            command.Parameters.AddWithValue($"${i + 1}", parameters[i]);
        }

        return command;
    }
}
